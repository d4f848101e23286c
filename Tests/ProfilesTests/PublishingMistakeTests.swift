import PluginKit
import Testing

@testable import Profiles

/// Whatever a person can get wrong in a publishing profile is named with its place and its remedy.
@Suite struct PublishingMistakeTests {
    static let head = "profile: p\npublisher: remote\nwith: {host: a}\n"

    private static func challenge(_ options: String, _ message: String, _ remedy: String) -> Mistake {
        Mistake("profile: p\npublisher: filesystem\nwith: \(options)\n", message, remedy)
    }

    static let mistakes = [
        // The file as a whole.
        Mistake("▸# nothing here\n", "The file is empty", "Begin with `profile: NAME`"),
        Mistake("▸- a\n- b\n", "must be a group of keys", "`key: value`"),
        Mistake("▸publisher: blind\n", "`profile` is missing", "the same as the file's"),
        Mistake("▸profile: p\n", "`publisher` is missing", "`publisher: filesystem`"),
        Mistake("profile: ▸../p\npublisher: blind\n", "can't be a name", "letters, digits"),
        Mistake("profile: ▸\"\"\npublisher: blind\n", "`profile` has no value", "Give it one"),
        Mistake(
            "profile: ▸other\npublisher: blind\n", "can't stand in the file `p.yaml`", "Rename the file to `other.yaml`"
        ),
        Mistake("profile: p\npublisher: ▸filesytem\n", "no publisher `filesytem`", "Did you mean `filesystem`?"),
        Mistake("profile: p\npublisher: ▸magic\n", "no publisher `magic`", "`blind`, `filesystem`, `remote`"),
        Mistake("profile: p\npublisher: blind\n▸onfailure: keep\n", "Unknown key `onfailure`", "`onFailure`"),
        Mistake(head + "▸port: 22\n", "Unknown key `port`", "move it under `with`"),
        Mistake(head + "▸issuer: x\n", "Unknown key `issuer`", "profiles/issuing"),
        Mistake(head + "onFailure: ▸rolback\n", "`rolback` is not known", "`rollback`"),
        Mistake(head + "description: ▸\"\\e[2J\"\n", "control characters", "Remove them"),
        // Options and targets.
        Mistake("profile: p\npublisher: remote\nwith: {host: a, ▸prot: 22}\n", "Unknown key `prot`", "`port`"),
        Mistake("profile: p\npublisher: remote\nwith: {host: a, port: ▸99999}\n", "`99999` is not", "from 1 to 65535"),
        Mistake("profile: p\npublisher: blind\nwith: ▸[a]\n", "`with` must be a group", "`key: value`"),
        Mistake(
            "profile: p\npublisher: remote\nwith: {host: a, password: ▸hunter2}\n", "must be a reference",
            "certflow secret set"),
        Mistake(
            "profile: p\npublisher: remote\nwith: {host: a, content: ▸pkcs12}\n", "never handed `pkcs12`",
            "fullchain, privateKey"),
        Mistake(
            "profile: p\npublisher: remote\nwith: {host: a, note: ▸\"{{target.hst}}\"}\n", "no variable `target.hst`",
            "`target.host`"),
        Mistake("profile: p\n▸publisher: remote\n", "`host` is missing", "`host: web-1.example.net`"),
        Mistake(
            "profile: p\npublisher: remote\nwith: {port: 22}\ntargets:\n  - {name: a, host: a}\n  - ▸{name: b}\n",
            "`host` is missing", "What all targets share goes under `with`"),
        Mistake("profile: p\npublisher: blind\ntargets: ▸[]\n", "`targets` lists none", "remove the key"),
        Mistake("profile: p\npublisher: blind\ntargets: ▸{name: a}\n", "`targets` must be a list", "[{name: web-1"),
        Mistake("profile: p\npublisher: blind\ntargets: [▸a]\n", "A target must be a group", "`- name: web-1`"),
        Mistake("profile: p\npublisher: blind\ntargets: [▸{}]\n", "The target has no name", "`name: web-1`"),
        Mistake("profile: p\npublisher: blind\ntargets: [{name: ▸a/b}]\n", "can't be a name", "letters, digits"),
        Mistake(
            "profile: p\npublisher: blind\ntargets:\n  - {name: a}\n  - {name: ▸a}\n",
            "a target `a` already, in line 4", "its own name"),
        Mistake(head + "targets: [{name: a, ▸prot: 1}]\n", "Unknown key `prot`", "`port`"),
        // Profiles for challenges.
        challenge(
            "▸{directory: /c, files: [{name: \"{{challenge.token}}\", content: challenge}]}", "lie in the", "flat"),
        challenge(
            "▸{directory: /c, layout: flat, files: [{name: a, content: challenge}]}", "Nothing here names", "token"),
        challenge(
            "▸{directory: /c, layout: flat, files: [{name: \"{{challenge.token}}\", content: challenge}, "
                + "{name: b, content: fullchain}]}", "beside contents of certificates", "profile of its own"),
        challenge(
            "{directory: ▸\"/{{certificate.name}}\", layout: flat, files: [{name: \"{{challenge.token}}\", "
                + "content: challenge}]}", "no variable `certificate.name`", "challenge.name"),
        challenge(
            "{directory: /c, layout: flat, files: [{name: \"{{challenge.token}}\", content: challenge}]}\n"
                + "▸prove: {readBack: true}", "takes no `prove`", "Remove it"),
        challenge(
            "{directory: /c, files: [{name: ▸\"{{challenge.token}}\", content: fullchain}]}",
            "no variable `challenge.token`", "certificate.name"),
        // Templates without a value.
        Mistake(
            "profile: p\npublisher: remote\nwith: {host: a, note: ▸\"{{target.port}}\"}\n",
            "`target.port` has no value",
            "Give `port` under `with`"),
        Mistake(
            "profile: p\npublisher: remote\nwith: {note: ▸\"{{target.port}}\"}\ntargets:\n"
                + "  - {name: a, host: a, port: 1}\n  - {name: b, host: b}\n",
            "`target.port` has no value for the target `b`", "Give `port` in that target"),
        Mistake(head + "test: {command: [x, ▸\"{{target.port}}\"]}\n", "`target.port` has no value", "Give `port`"),
        Mistake(
            "profile: p\npublisher: remote\nwith: {host: a, note: ▸\"{{target.note}}\"}\n",
            "`target.note` names itself", "Write one of them out"),
        Mistake(
            head + "reload: {command: [x, ▸\"{{certificate.nme}}\"]}\n", "no variable `certificate.nme`",
            "`certificate.name`"),
        Mistake(head + "reload: {command: [x, ▸\"{{certificate.name\"]}\n", "never closed", "`}}`"),
        // Commands.
        Mistake(head + "test: ▸{timeout: 3s}\n", "`command` is missing", "[systemctl, reload, nginx]"),
        Mistake(head + "test: {command: ▸nginx -t}\n", "must be a list", "`command: [nginx, -t]`"),
        Mistake(head + "test: {command: ▸[]}\n", "names no program", "[systemctl, reload, nginx]"),
        Mistake(head + "test: {command: ▸[\"\", a]}\n", "names no program", "[systemctl, reload, nginx]"),
        Mistake(head + "test: {command: [a, ▸[b]]}\n", "takes a single value", "one value"),
        Mistake(head + "test: {command: [a], timeout: ▸20}\n", "`20` is no such time", "from 1s to 1h"),
        Mistake(head + "test: {command: [a], on: ▸targt}\n", "`targt` is not known", "`target`"),
        Mistake(head + "test: {command: [a], ▸shell: yes}\n", "Unknown key `shell`", "`command`"),
        Mistake(
            "profile: p\npublisher: blind\nreload: {command: [a], on: ▸target}\n",
            "`blind` can't run commands on its targets", "`on: here`"),
        // Proof.
        Mistake(head + "prove: ▸{}\n", "says not how", "`readBack: true`"),
        Mistake(
            head + "prove: {tls: {connect: \"a:1\"}, ▸readBack: true}\n", "either `tls` or `readBack`",
            "remove `readBack`"),
        Mistake(head + "prove: {readBack: ▸false}\n", "proves nothing", "Remove `prove`"),
        Mistake(head + "prove: {readBack: ▸maybe}\n", "neither yes nor no", "`readBack: true`"),
        Mistake("profile: p\npublisher: blind\nprove: {▸readBack: true}\n", "can't read its targets back", "tls"),
        Mistake(head + "prove: {tls: ▸{within: 3s}}\n", "`connect` is missing", "localhost:443"),
        Mistake(head + "prove: {tls: {connect: ▸localhost}}\n", "no `HOST:PORT`", "`localhost:443`"),
        Mistake(head + "prove: {tls: {connect: ▸\"::1:443\"}}\n", "no `HOST:PORT`", "in brackets"),
        Mistake(head + "prove: {tls: {connect: ▸\"a:0\"}}\n", "no `HOST:PORT`", "Add the port"),
        Mistake(head + "prove: {tls: {connect: \"a:1\", within: ▸2h}}\n", "`2h` is no such time", "from 1s to 1h"),
        Mistake(head + "prove: {▸TLS: {connect: \"a:1\"}}\n", "Unknown key `TLS`", "`tls`"),
        // Rollout.
        Mistake(head + "rollout: {first: ▸0}\n", "`0` is no whole number", "Write such a number"),
        Mistake(head + "rollout: {then: ▸200%}\n", "neither a number of targets", "`then: 50%`"),
        Mistake(head + "rollout: {onFailure: ▸halt}\n", "`halt` is not known", "`stop`, `continue`"),
    ]

    @Test("a mistake is named with its place and its remedy", arguments: mistakes)
    func mistake(_ mistake: Mistake) {
        let reading = PublishingProfile.read(mistake.source, stem: "p", registry: Backends.registry)
        #expect(reading.profile == nil)
        mistake.expect(in: reading.problems)
    }

    @Test("all mistakes of a file are told at once, in its order")
    func allAtOnce() {
        let text = "profile: p\npublisher: remote\nwith: {port: x, colour: red}\nrollout: {first: no}\nwhen: now\n"
        let reading = PublishingProfile.read(SourceFile(text, path: "p.yaml"), registry: Backends.registry)
        #expect(reading.problems.map(\.position.line) == [3, 3, 3, 4, 5])
        #expect(reading.problems.map(\.position.column) == [7, 14, 17, 18, 1])
        #expect(reading.name == "p")
    }
}
