import ArgumentParser

struct ProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "The profiles that flows refer to: who issues, and where to publish.",
        discussion: """
            Profiles are YAML files in the home: profiles/publishing/NAME.yaml and profiles/issuing/NAME.yaml. A running \
            certflow takes up a change by itself, as a set: all valid, or the old set stays.
            """,
        subcommands: [
            ProfileListCommand.self, ProfileCheckCommand.self, ProfileShowCommand.self, ProfileRenderCommand.self,
            ProfileOptionsCommand.self, ProfileTrustCommand.self,
        ])
}
