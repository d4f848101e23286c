import Foundation

extension Array where Element: FixedWidthInteger {
    /// Overwrites the elements in place, so that a secret does not stay in memory that is given back.
    mutating func zero() {
        withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            explicit_bzero(start, bytes.count)  // which no optimizer leaves out
        }
    }
}
