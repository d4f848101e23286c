/// One effect that is in the kernel's memory and perhaps not on the disk.
struct DiskChange: Sendable {
    enum Effect: Sendable {
        case write(at: Int, [UInt8])
        case resize(Int)
        /// An allocation: longer, never shorter.
        case grow(Int)
        case mode(UInt32)
        /// All or nothing: a rename never loses both names.
        case names([NameEdit])
    }

    /// One entry of a directory set to a file, or taken away.
    struct NameEdit: Sendable {
        let directory: Disk.Object
        let name: String
        let object: Disk.Object?
    }

    /// Its place among all changes.
    let id: Int
    /// Whose sync makes it durable: the file's for content and mode, the directory's for names.
    let owner: Disk.Object
    let call: TracedCall
    let effect: Effect
    /// A sync that should have saved it failed. The kernel may have dropped it then, and no later sync brings it back.
    var isLost = false

    /// `fdatasync` leaves a changed mode behind.
    func isSaved(by sync: CallName) -> Bool {
        if isLost { return false }
        if case .mode = effect { return sync == .fsync }
        return true
    }
}
