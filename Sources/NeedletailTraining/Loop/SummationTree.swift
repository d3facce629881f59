/// The order in which numbered summands are added: a tree over their numbers, so that neighbours can be summed wherever
/// they are, and the sum has the same bits whoever has computed which.
///
/// A node of several summands has those below the largest power of two on its left and the others on its right.
package struct SummationTree {
    package let count: Int

    package init(count: Int) { self.count = count }

    /// Where a node is divided.
    private static func middle(of node: Range<Int>) -> Int {
        node.lowerBound + 1 << (Int.bitWidth - 1 - (node.count - 1).leadingZeroBitCount)
    }

    /// The two nodes that a node of several summands is the sum of.
    package static func parts(of node: Range<Int>) -> (left: Range<Int>, right: Range<Int>) {
        let middle = middle(of: node)
        return (node.lowerBound..<middle, middle..<node.upperBound)
    }

    /// Whether two nodes are the parts of a third.
    package func areParts(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        var node = 0..<count
        while node.count > 1 {
            let parts = Self.parts(of: node)
            if parts.left == left { return parts.right == right }
            node = left.lowerBound < parts.right.lowerBound ? parts.left : parts.right
        }
        return false
    }

    /// The largest nodes that neighbouring summands make up, in their order.
    package func nodes(of summands: Range<Int>) -> [Range<Int>] {
        func nodes(below node: Range<Int>) -> [Range<Int>] {
            if !node.overlaps(summands) { return [] }
            if summands.lowerBound <= node.lowerBound, node.upperBound <= summands.upperBound { return [node] }
            let parts = Self.parts(of: node)
            return nodes(below: parts.left) + nodes(below: parts.right)
        }
        return count > 0 ? nodes(below: 0..<count) : []
    }
}
