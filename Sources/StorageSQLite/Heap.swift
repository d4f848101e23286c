/// A binary heap: the first element is found at once, putting in and taking out cost the logarithm of the count.
struct Heap<Element> {
    private var elements: [Element] = []
    private let comesFirst: (Element, Element) -> Bool

    init(comesFirst: @escaping (Element, Element) -> Bool) { self.comesFirst = comesFirst }

    var first: Element? { elements.first }

    func sorted() -> [Element] { elements.sorted(by: comesFirst) }

    mutating func insert(_ element: Element) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard comesFirst(elements[child], elements[parent]) else { break }
            elements.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeFirst() {
        guard let last = elements.popLast(), !elements.isEmpty else { return }
        elements[0] = last
        var parent = 0
        while true {
            var best = 2 * parent + 1
            guard best < elements.count else { break }
            if best + 1 < elements.count, comesFirst(elements[best + 1], elements[best]) { best += 1 }
            guard comesFirst(elements[best], elements[parent]) else { break }
            elements.swapAt(parent, best)
            parent = best
        }
    }

    mutating func removeAll() { elements.removeAll() }
}
