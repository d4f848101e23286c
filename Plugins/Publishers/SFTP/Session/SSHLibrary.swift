import CSSH2

/// The library as a whole.
enum SSHLibrary {
    /// Once for the process; a constant's first reader makes all others wait, so it is never done twice at once.
    private static let status = libssh2_init(0)

    /// - Throws: `SSHProblem` where the library can't be used at all.
    static func prepare() throws(SSHProblem) {
        guard status == 0 else { throw SSHProblem(.library, "libssh2 could not be set up (\(status))") }
    }
}
