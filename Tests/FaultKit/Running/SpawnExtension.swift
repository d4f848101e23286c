import Glibc

/// What glibc adds to posix_spawn. Swift's view of glibc leaves it out, so that it has to be looked up by name.
enum SpawnExtension: String {
    typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
    typealias ChangeDirectory =
        @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, UnsafePointer<CChar>) -> Int32

    case closeFrom = "posix_spawn_file_actions_addclosefrom_np"
    case changeDirectory = "posix_spawn_file_actions_addchdir_np"

    /// The function, whose type is the caller's word: `spawn.h` is where to check it.
    func function<T>(as type: T.Type) throws -> T {
        guard let symbol = dlsym(nil, rawValue) else {
            throw FaultKitError.call("dlsym", on: rawValue, error: ENOSYS)
        }
        return unsafeBitCast(symbol, to: type)
    }
}
