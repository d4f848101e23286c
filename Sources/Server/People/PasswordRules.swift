/// What a password must be: long, and not the first that anybody would try. Nothing about which letters (ASVS 5.0, 6.2).
enum PasswordRules {
    static let shortest = 12
    static let longest = 256
    static let words = "At least \(shortest) characters; several words are easier than signs."

    /// Why it is not taken; nil where it is.
    static func objection(_ password: String, account: String) -> Problem? {
        guard password.count >= shortest else {
            return .refused(
                "password.short", "The password has \(password.count) characters.",
                remedy: "Choose one of \(shortest) or more: a few words make a good one.")
        }
        guard password.utf8.count <= longest else {
            return .refused(
                "password.long", "The password is longer than \(longest) bytes.", remedy: "Choose a shorter one.")
        }
        let plain = plain(password)
        let isGuessable =
            Set(plain).count < 5 || plain.contains("certflow") || plain == Self.plain(account)
            || common.contains { plain == $0 || plain == $0 + $0 } || isRun(plain)
        guard !isGuessable else {
            return .refused(
                "password.guessable", "The password is among the first that anybody would try.",
                remedy: "Choose a few words that do not belong together.")
        }
        return nil
    }

    private static func plain(_ text: String) -> String { text.lowercased().filter { $0.isLetter || $0.isNumber } }

    /// 123456789012, abcdefghijkl and the like.
    private static func isRun(_ text: String) -> Bool {
        let values = text.unicodeScalars.map { Int($0.value) }
        guard values.count > 3 else { return false }
        let steps = zip(values, values.dropFirst()).map { $1 - $0 }
        let straight = steps.filter { $0 == 1 || $0 == -1 || $0 == -9 || $0 == 9 }.count
        return straight >= steps.count - 1
    }

    private static let common: Set<String> = [
        "password", "passwordpassword", "password1234", "password12345", "password123456", "administrator",
        "administrator1", "letmein", "letmeinletmein", "qwertyuiop", "qwertyuiopasdf", "qwertyuiop123", "1q2w3e4r5t6y",
        "qazwsxedcrfv", "iloveyou", "iloveyou1234", "welcome", "welcome12345", "changeme", "changeme1234",
        "changemechangeme", "correcthorsebatterystaple", "trustno1", "monkey", "dragon", "sunshine", "princess",
        "football", "baseball", "superman", "batman", "master", "shadow", "michael", "secret", "secretsecret",
    ]
}
