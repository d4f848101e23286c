import Foundation

/// The memory allocator of this process.
enum Heap {
    /// M_MMAP_THRESHOLD (mallopt(3)).
    private static let largeBlocks: Int32 = -3

    /// Blocks of 128 KiB and more go back to the system when they are freed.
    ///
    /// By itself glibc raises that limit with each such block, and then keeps what planning a million flows took.
    static func returnLargeBlocks() {
        // Swift's Glibc module leaves mallopt out; another C library may not have it.
        typealias Call = @convention(c) (Int32, Int32) -> Int32
        guard let call = dlsym(dlopen(nil, RTLD_NOW), "mallopt") else { return }
        // Its declaration in <malloc.h>: int mallopt(int, int); dlsym gives no type, and a cast is what it asks for.
        _ = unsafeBitCast(call, to: Call.self)(largeBlocks, 128 << 10)
    }
}
