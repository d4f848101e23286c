import Foundation

extension StorageError {
    static func sealingFailed(_ place: String) -> Self {
        Self(
            .sealingFailed, "\(place) could not be sealed.", remedy: "This is a defect of certflow; please report it.")
    }

    static func unsealingFailed(_ place: String) -> Self {
        Self(
            .unsealingFailed, "\(place) could not be unsealed: it was sealed under another master key, or changed.",
            remedy: "Put back the master key that belongs to this home, or restore the home from a backup.")
    }

    static func masterKeyMissing(_ path: String) -> Self {
        Self(
            .masterKeyMissing, "There is no master key at \(path).",
            remedy: "Put back the copy that was kept of it. Without it the keys and secrets of this home are lost: "
                + "make a new home with `certflow init`.")
    }

    static func masterKeyUnreadable(_ path: String, _ code: Int32) -> Self {
        Self(
            .masterKeyUnsafe, "The master key \(path) can't be read: \(String(cString: strerror(code))).",
            remedy: "Run certflow as the account that owns the home.")
    }

    static func masterKeyUnsafe(_ path: String, _ cause: String, remedy: String) -> Self {
        Self(.masterKeyUnsafe, "The master key \(path) is not used: \(cause).", remedy: remedy)
    }

    static func masterKeyMalformed(_ path: String, _ length: Int) -> Self {
        Self(
            .masterKeyMalformed, "The master key \(path) has \(length) bytes instead of 32.",
            remedy: "Put back the copy that was kept of it, or restore the home from a backup.")
    }

    static func masterKeyNotWritten(_ path: String, _ code: Int32) -> Self {
        Self(
            .masterKeyNotWritten, "The master key \(path) can't be made: \(String(cString: strerror(code))).",
            remedy: code == ENOSPC || code == EDQUOT
                ? "Free space on the disk of the home, then run `certflow init` again."
                : "Give the account that runs certflow write access to the home, then run `certflow init` again.")
    }

    static let masterKeyWrong = Self(
        .masterKeyWrong, "The master key is not the one that this home was made with.",
        remedy: "Put back the key that belongs to this home, or restore key and database from the same backup.")

    static let canaryMissing = Self(
        .masterKeyWrong, "The database does not say which master key it belongs to: its home was not finished.",
        remedy: "Finish it with `certflow init`, or restore the home from a backup.")
}
