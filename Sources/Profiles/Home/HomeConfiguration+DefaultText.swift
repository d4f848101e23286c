extension HomeConfiguration {
    /// The `certflow.yaml` that `init` writes: every setting with its default, commented out.
    public static let defaultText = """
        # Settings of this certflow home. Every line below shows a default: remove the `#` in front of a part to change it.

        # Who is told when something needs a person: a program and its arguments, without a shell. It reads the notice as
        # JSON on its input and must end with status 0. Without it, alerts stand in `certflow status` and in the history.
        # A web service instead, or besides, gets the same JSON posted: webhook: {url: https://...}; a bearer token with
        # it by `token: {secret: NAME}`, authorities other than the machine's by `caBundle: /path`. It is signed with
        # `signature: {secret: NAME}`, as Standard Webhooks has it, for receivers that verify who sent it, and when.
        # alerts:
        #   command: [/usr/local/bin/send-alert, ops@example.com]
        #   timeout: 30s

        # How many renewals and publications run at a time; of one issuer, at most as many as its plug-in takes (64 for
        # acme and local-authority). On one target there is always one at a time.
        # limits:
        #   concurrent: 64
        #   perIssuer: 64

        # How long the private keys of versions that no target holds are kept after their end, and the record of attempts.
        # keep:
        #   keysAfterExpiry: 30d
        #   attempts: 400d

        # How often it is looked whether targets still serve what was published.
        # proof:
        #   every: 24h

        # What a flow gets where its file does not say: the time zone of its window, the issuing profile, and what a
        # publication does when no chosen period is left before expiry (ask, publish, wait).
        # defaults:
        #   timeZone: UTC
        #   issuer: local-authority
        #   lastResort: ask

        # How `certflow serve` is reached. Its certificate is one of those that this home manages; where it has the name
        # below and is not there yet, the first start makes it, from the local authority, for this machine's names.
        # Also taken are `url`, what links begin with, and `behindProxy`, where a proxy on this machine does TLS.
        # `/metrics` is read by programs on this machine and with tokens (local), with tokens alone (token), or by all (open).
        # server:
        #   listen: 127.0.0.1:8443
        #   certificate: certflow-server
        #   metrics: local
        #   sessions: {idle: 1h, absolute: 12h}

        """
}
