@testable import Profiles

/// Texts without a mistake, that use every part of their formats.
enum Valid {
    static let publishing = """
        # Two front ends.
        # verified: by hand, once
        profile: fleet
        description: Two front ends
        publisher: remote
        with:
          port: 2222
          url: https://{{target.host}}/{{certificate.fileName}}
          wait: 90s
          password: {secret: deploy-key}
          content: fullchain
          tags: ["{{certificate.name}}", "{{target.name}}"]
        targets:
          - {name: web-1, host: web-1.example.net}
          - {name: web-2, host: web-2.example.net, port: 22, compress: true}
        test: {command: [nginx, -t, "{{certificate.name}}"], timeout: 20s}
        reload: {command: [systemctl, reload, nginx], on: here}
        prove:
          tls: {connect: "{{target.host}}:443", serverName: "{{certificate.subject}}", within: 2m}
        rollout: {first: 1, then: 50%, onFailure: stop}
        onFailure: keep

        """

    static let issuing = """
        profile: own
        description: Our own authority
        issuer: local-authority
        with:
          lifetime: 10m
          permittedNames: [example.internal]
          account: {secret: account-key}

        """

    static let flows = """
        certificates:
          - name: www.example.com
            subjects: [www.example.com, "*.example.com", 192.0.2.7, "2001:db8::7"]
            issuer: own
            key: {type: rsa-2048, reuse: true}
            labels: {team: web, tier: "1"}
            owner: web team
            note: |
              Two lines,
              all told.
            flow:
              renewal: {enabled: true, renew: before-expiration, days: 30}
              publication: {enabled: true, profiles: [fleet], publish: on-previous-expiry, lastResort: publish}
              window: {days: [tuesday, wednesday], periods: ["00:00-04:00"], timeZone: Europe/Berlin, earlier: false}
              publicationWindow: {open: {saturday: ["20:00-24:00"], sunday: all}}
          - name: plain
            subjects: [plain.example.com]
            issuer: own

        """

    static let home = """
        alerts: {command: [/usr/local/bin/alert, "ops team"], timeout: 10s}
        limits: {concurrent: 8, perIssuer: 4}
        keep: {keysAfterExpiry: 1d, attempts: 90d}
        proof: {every: 1h}
        defaults: {timeZone: Europe/Berlin, issuer: own, lastResort: wait}

        """

    static let fleet = PublishingProfile.read(SourceFile(publishing, path: "fleet.yaml"), registry: Backends.registry)
    static let own = IssuingProfile.read(SourceFile(issuing, path: "own.yaml"), registry: Backends.registry)

    static let profiles = ProfileSet(
        publishing: fleet.profile.map { ["fleet": $0] } ?? [:], issuing: own.profile.map { ["own": $0] } ?? [:])
}
