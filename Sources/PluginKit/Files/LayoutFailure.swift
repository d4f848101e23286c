/// The failures of the layouts, worded in one place.
enum LayoutFailure {
    static func foreignLive(_ path: String, _ what: String) -> PluginFailure {
        PluginFailure(
            .policy, code: "files.foreign-live", message: "\(path) \(what): it is not certflow's to replace.",
            remedy: "Move it away, or name another directory in the profile.")
    }

    static func otherCertificate(_ directory: String, holds: String, wanted: String) -> PluginFailure {
        PluginFailure(
            .policy, code: "files.other-certificate",
            message: "\(directory) holds the certificate \(holds), so \(wanted) can't be published there.",
            remedy: "Give each certificate a directory of its own, for example with `{{certificate.name}}` in it; if "
                + "\(holds) is not published there any more, remove \(directory)/\(VersionedLayout.live).")
    }

    static func setGone(_ path: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "files.set-gone",
            message: "\(path), which the rollback needs, is not there any more.",
            remedy: "Publish the wanted version again, or raise `keep` in the profile for the next time.")
    }

    static func noName(_ path: String) -> PluginFailure {
        PluginFailure(
            .conflict, code: "files.no-name", message: "\(path) holds 100 damaged or foreign directories of this name.",
            remedy: "Look what changes the files there, and remove those that no link points to.")
    }

    static func notAFile(_ path: String, _ what: String) -> PluginFailure {
        PluginFailure(
            .policy, code: "files.not-a-file", message: "\(path) is \(what), so it is not replaced.",
            remedy: "Move it away, or name another file in the profile.")
    }
}
