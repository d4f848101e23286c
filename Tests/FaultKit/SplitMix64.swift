/// A small seeded generator, so that what was chosen at random can be chosen again.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// `count` elements, one at random from each of as many equal stretches, and always the last.
    mutating func spread<T>(over elements: [T], count: Int) -> [T] {
        guard count > 0, elements.count > count else { return count > 0 ? elements : [] }
        return (0..<count).map { index in
            let low = index * elements.count / count
            let high = (index + 1) * elements.count / count
            return elements[index == count - 1 ? elements.count - 1 : Int.random(in: low..<high, using: &self)]
        }
    }
}
