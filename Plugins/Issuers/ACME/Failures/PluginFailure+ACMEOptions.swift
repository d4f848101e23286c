import PluginKit

extension PluginFailure {
    static func badDirectory(_ text: String) -> PluginFailure {
        // With an `@` it may have a password in it.
        let shown = text.contains("@") ? "" : "\"\(ShownText(text))\", which is "
        return PluginFailure(
            .configuration, code: "acme.option",
            message: "`directory` is \(shown)no `https` address without a user.",
            remedy: "Write the address of the CA's directory, for example "
                + "`https://acme-v02.api.letsencrypt.org/directory`.")
    }

    static func noStaging() -> PluginFailure {
        PluginFailure(
            .configuration, code: "acme.no-staging", message: "This issuing profile names no `staging` directory.",
            remedy: "Add `staging:` with the address of the CA's test directory, then rehearse again.")
    }

    static func profileNotNamed() -> PluginFailure {
        PluginFailure(
            .configuration, code: "acme.option", message: "`profileRequired` is on, but `profile` names none.",
            remedy: "Name the profile, or remove `profileRequired`.")
    }

    static func badContact(_ text: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "acme.option",
            message: "`contact` has \"\(ShownText(text))\", which is no address.",
            remedy: "Write a mail address, or a `mailto:` URL.")
    }

    static func badExternalAccount() -> PluginFailure {
        PluginFailure(
            .configuration, code: "acme.option",
            message: "`externalAccount` is not complete, or its `macKey` is not base64url.",
            remedy: "Give `keyID` and `macKey` as the CA shows them: store the key with `certflow secret set NAME`.")
    }

    static func profileUnknown(_ profile: String, _ host: String, known: [String]) -> PluginFailure {
        let offer = known.isEmpty ? "It offers none." : "It offers \(known.joined(separator: ", "))."
        return PluginFailure(
            .configuration, code: "acme.profile-unknown",
            message: "\(host) does not offer the certificate profile \"\(ShownText(profile))\". \(offer)",
            remedy: "Name another `profile`, or remove `profileRequired` to go without it.")
    }
}
