import NeedletailTraining
import Testing

@Suite struct SummationTreeTests {
    @Test func aNodeIsDividedAtThePowerOfTwo() {
        #expect(SummationTree.parts(of: 0..<2) == (0..<1, 1..<2))
        #expect(SummationTree.parts(of: 0..<3) == (0..<2, 2..<3))
        #expect(SummationTree.parts(of: 0..<4) == (0..<2, 2..<4))
        #expect(SummationTree.parts(of: 0..<7) == (0..<4, 4..<7))
        #expect(SummationTree.parts(of: 8..<13) == (8..<12, 12..<13))
    }

    @Test func partsAreKnown() {
        let tree = SummationTree(count: 7)
        #expect(tree.areParts(0..<1, 1..<2) && tree.areParts(4..<6, 6..<7) && tree.areParts(0..<4, 4..<7))
        #expect(!tree.areParts(1..<2, 2..<3) && !tree.areParts(2..<4, 4..<6) && !tree.areParts(0..<2, 2..<3))
    }

    @Test func neighboursMakeUpTheLargestNodes() {
        let tree = SummationTree(count: 7)
        #expect(tree.nodes(of: 0..<7) == [0..<7])
        #expect(tree.nodes(of: 1..<6) == [1..<2, 2..<4, 4..<6])
        #expect(tree.nodes(of: 2..<2) == [])
    }
}
