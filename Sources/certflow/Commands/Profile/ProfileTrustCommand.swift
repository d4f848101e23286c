import ArgumentParser
import Foundation
import PluginKit
import Profiles
import Runner
import SFTPPublisher

struct ProfileTrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "See which host keys the targets of an SFTP profile show, and trust them.",
        discussion: """
            Each machine is asked for its host keys. Compare the fingerprints with what its owner says \
            (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` there): whoever can stand in between can show others. What \
            you accept is added to the known_hosts file that the profile names. Where the profile pins a fingerprint, the \
            lines to write into it are shown. What is behind a jump host is shown once the jump host is trusted. Ends \
            with 1 where nothing was accepted, with 3 where some targets could not be asked.
            """)

    @OptionGroup var home: HomeOptions
    @OptionGroup var confirmation: Confirmation

    @Argument(help: "The publishing profile.")
    var profile: String

    @Option(help: "Only this target.")
    var target: String?

    @Flag(help: "Trust keys that differ from those a host was known by, too. The old ones stay until you remove them.")
    var replace = false

    @Option(help: "Why, for the audit trail.")
    var reason = ""

    func run() async throws {
        try await withRehearsal(home) { opened, rehearsal in
            let known = try profile(in: opened.profiles)
            var offers: [HostKeyOffer] = []
            var failed = 0
            let names = known.targets.map(\.name).filter { target == nil || $0 == target }
            for name in names {
                do {
                    let options = try await rehearsal.options(
                        profile: profile, target: name, certificate: "certificate")
                    let found = try await Wiring.hostKeyOffers(options, home: opened.home)
                    for offer in found
                    where !offers.contains(where: { $0.file == offer.file && $0.knownName == offer.knownName }) {
                        show(offer)
                        offers.append(offer)
                    }
                } catch let failure as PluginFailure {
                    Console.error("\(name): \(Complaint(failure).text)")
                    failed += 1
                }
            }
            guard failed < names.count else { throw CommandEnding.failedAsSaid }
            let lines = KnownHostsAddition.new(offers, replacing: replace)
            let changed = replace ? [] : offers.filter { $0.file != nil && $0.keys.contains(where: \.isChanged) }
            for offer in changed {
                Console.error(
                    "\(Console.harmless(offer.host)) shows other keys than it was known by. They are not trusted: once "
                        + "its owner says that they are right, take the old ones out, or say --replace.")
            }
            if !lines.isEmpty {
                guard
                    confirmation.given(
                        "\(lines.count) host keys would be trusted from now on.", "Are these the right ones?")
                else { throw CommandEnding.failedAsSaid }
                let told = lines.map { "\($0.name) \($0.fingerprint)" }
                // First, so that no key is ever trusted without a trace.
                try await opened.desk(reason: reason).noteTrusted(profile: profile, told)
                for line in lines { try line.append() }
                Console.line("Trusted.")
            }
            guard changed.isEmpty else { throw CommandEnding.failedAsSaid }
            if failed > 0 { throw CommandEnding.someTargetsFailed }
        }
    }

    private func profile(in set: ProfileSet) throws -> PublishingProfile {
        guard let known = set.publishing[profile] else {
            let absence = set.absence(of: profile, .publishing)
            throw DeskRefusal(
                "profile.missing", absence?.message ?? "There is no valid publishing profile \"\(profile)\".",
                remedy: absence?.remedy ?? "See `certflow profile list`.")
        }
        guard known.publisher == SFTPPublisher.manifest.name else {
            throw DeskRefusal(
                "profile.no-host-keys",
                "The profile \(profile) publishes by \(known.publisher), which has no host keys.",
                remedy: "Name a profile with `publisher: \(SFTPPublisher.manifest.name)`.")
        }
        let targets = known.targets.map(\.name)
        if let target, !targets.contains(target) {
            throw DeskRefusal(
                "target.unknown", "The profile \(profile) has no target \"\(target)\".",
                remedy: NearestKey.remedy(for: target, among: targets))
        }
        return known
    }

    private func show(_ offer: HostKeyOffer) {
        Console.line(Console.harmless(offer.host))
        for key in offer.keys {
            let state: Table.Cell =
                if key.isRevoked { .init("revoked", .bad) } else if key.isTrusted { "trusted" } else { "new" }
            Console.line(
                "  \(Console.harmless(key.type)) \(key.fingerprint)  \(Console.paint(state.text, state.colour))")
        }
        if !offer.known.isEmpty, !offer.keys.contains(where: \.isTrusted) {
            let before = offer.known.joined(separator: ", ")
            Console.line("  \(Console.paint("!", .bad)) It was known by \(before): somebody may be in between.")
            if let file = offer.file {
                Console.line("    Once sure, take the old keys out: ssh-keygen -R '\(offer.knownName)' -f \(file)")
            }
        }
        guard offer.file == nil else { return }
        for key in offer.keys where !key.isTrusted {
            Console.line("  To pin this one in the profile, write  hostKey: \(key.fingerprint)")
        }
    }
}
