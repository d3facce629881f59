import NeedletailGraph
import NeedletailRuntime
import NeedletailTraining
import Testing

@Suite struct EpochOrderTests {
    private static func images(_ classIndices: [[Int]]) -> [EpochOrder.Image] {
        classIndices.map { EpochOrder.Image(width: 64, height: 48, classIndices: $0) }
    }

    private static func rows(_ batches: [[EpochOrder.Entry]]) -> [Int] { batches.joined().map(\.row) }

    /// Without any option an epoch is a permutation of the images, cut into batches.
    @Test func plain() {
        let order = EpochOrder(
            images: Self.images([[1], [], [2], [1], [3], [1], [1]]), sampling: .init(), batchSize: 3, seed: 5)
        for epoch in 0..<3 {
            let batches = order.batches(epoch: epoch)
            #expect(batches.map(\.count) == [3, 3, 1])
            var stream = RandomStream(seed: 5, name: "order of epoch \(epoch)")
            #expect(Self.rows(batches) == stream.permutation(of: 7))
        }
        #expect(order.repeatFactors == nil)
        #expect(order.batchCount(epoch: 1) == 3)
        #expect(order.batchCounts(epochs: 4) == [3, 3, 3, 3])
        #expect(order.batches(epoch: 0) != order.batches(epoch: 1))
    }

    /// Two images in each of the eight groups. The ratios are cut at 0.5, 0.630, 0.794, 1, 1.260, 1.587 and 2, and one
    /// that lies on a cut belongs to the group above.
    @Test func groups() {
        let ratios = [
            0.1, 0.4999, 0.5, 0.62, 0.64, 0.79, 0.8, 0.9999, 1, 1.25, 1.27, 1.58, 1.6, 1.9999, 2, 5,
        ]
        let images = ratios.map {
            EpochOrder.Image(width: Int(($0 * 10_000).rounded()), height: 10_000, classIndices: [1])
        }
        let order = EpochOrder(
            images: images, sampling: .init(groupsByAspectRatio: true), batchSize: 2, seed: 1)
        for epoch in 0..<20 {
            let batches = order.batches(epoch: epoch)
            let pairs = batches.map { $0.map(\.row).sorted() }.sorted { $0[0] < $1[0] }
            #expect(pairs == (0..<8).map { [2 * $0, 2 * $0 + 1] })
        }
        // The groups come in any order, and so do their images.
        #expect(Set((0..<20).map { order.batches(epoch: $0)[0][0].row }).count > 5)
    }

    /// What is left of the groups joins that of the next ones: three tall images, one square and three wide ones in
    /// batches of two leave one of each.
    @Test func restOfGroups() {
        let widths = [30, 30, 30, 100, 300, 300, 300]
        let order = EpochOrder(
            images: widths.map { .init(width: $0, height: 100, classIndices: [1]) },
            sampling: .init(groupsByAspectRatio: true), batchSize: 2, seed: 1)
        for epoch in 0..<20 {
            let batches = order.batches(epoch: epoch)
            let shapes = batches.map { $0.map { widths[$0.row] } }
            #expect(Set(shapes.prefix(2)) == [[30, 30], [300, 300]])
            #expect(shapes.suffix(2) == [[30, 100], [300]])
            #expect(Self.rows(batches).sorted() == Array(0..<7))
        }
        #expect(order.batchCounts(epochs: 2) == [4, 4])
    }

    /// Whatever the shapes, every image is in an epoch once, and only the last batch is smaller.
    @Test(arguments: [1, 2, 5, 8]) func everyImageOnce(batchSize: Int) {
        var stream = RandomStream(seed: 3)
        let images = (0..<101).map { _ in
            EpochOrder.Image(width: Int(stream.next() % 50), height: Int(stream.next() % 50), classIndices: [1])
        }
        let order = EpochOrder(
            images: images, sampling: .init(groupsByAspectRatio: true), batchSize: batchSize, seed: 1)
        for epoch in 0..<10 {
            let batches = order.batches(epoch: epoch)
            #expect(Self.rows(batches).sorted() == Array(0..<101))
            let full = batches.dropLast().allSatisfy { $0.count == batchSize }
            #expect(full)
            #expect(batches.count == (101 + batchSize - 1) / batchSize)
            #expect(order.batchCount(epoch: epoch) == batches.count)
        }
    }

    /// Of 16 images all show class 1, the first one class 2 (f = 1/16) and the second and third class 3 (f = 1/8). With a
    /// threshold of 1/4 class 1 has √(1/4) < 1, class 2 has √(16/4) = 2 and class 3 √(8/4) = 1.41421….
    @Test func repeats() throws {
        let labels = [[1, 2, 2], [3, 1], [1, 3]] + [[Int]](repeating: [1], count: 13)
        let order = EpochOrder(
            images: Self.images(labels), sampling: .init(repeatThreshold: 0.25), batchSize: 4, seed: 9)
        let root = 2.0.squareRoot()
        #expect(order.repeatFactors == [2, root, root] + [Double](repeating: 1, count: 13))
        var total = 0, batchCounts: [Int] = []
        for epoch in 0..<400 {
            let batches = order.batches(epoch: epoch)
            let entries = batches.joined()
            #expect(Set(entries).count == entries.count)
            let counts = Dictionary(grouping: entries, by: \.row).mapValues(\.count)
            #expect(counts[0] == 2)
            #expect(Set(entries.filter { $0.row == 0 }.map(\.repetition)) == [0, 1])
            for row in 1...2 {
                let count = try #require(counts[row])
                #expect((1...2).contains(count))
                total += count
            }
            #expect((3..<16).allSatisfy { counts[$0] == 1 })
            #expect(order.batchCount(epoch: epoch) == batches.count)
            batchCounts.append(batches.count)
        }
        // The mean of 800 draws of 1 or 2 deviates by √(0.414 · 0.586 / 800) = 0.017.
        #expect(abs(Double(total) / 800 - root) < 0.06)
        #expect(order.batchCounts(epochs: 400) == batchCounts)
        #expect(order.batches(epoch: 7) == order.batches(epoch: 7))
    }

    /// Ten images with boxes and thirty without: of `n` images at most `limit · n` may be empty, so `e ≤ limit · 10 /
    /// (1 - limit)`, which is 10/4 = 2.5, 10/1 and 90/1.
    @Test(arguments: [(nil, 30), (0, 0), (0.2, 2), (0.5, 10), (0.9, 30), (1, 30)] as [(Double?, Int)])
    func emptyImages(limit: Double?, expected: Int) {
        let labels = (0..<40).map { $0 % 4 == 0 ? [1] : [] }
        let order = EpochOrder(
            images: Self.images(labels), sampling: .init(emptyImageLimit: limit), batchSize: 4, seed: 2)
        var seen = Set<Int>()
        for epoch in 0..<200 {
            let rows = Self.rows(order.batches(epoch: epoch))
            let empty = rows.filter { $0 % 4 != 0 }
            #expect(empty.count == expected)
            #expect(rows.filter { $0 % 4 == 0 }.sorted() == (0..<10).map { 4 * $0 })
            #expect(order.batchCount(epoch: epoch) == (10 + expected + 3) / 4)
            seen.formUnion(empty)
        }
        // In time all of them are seen.
        #expect(seen.count == (expected == 0 ? 0 : 30))
    }

    /// A limit must not leave an epoch without images.
    @Test func onlyEmptyImages() {
        let order = EpochOrder(
            images: Self.images([[], [], []]), sampling: .init(emptyImageLimit: 0.1), batchSize: 2, seed: 0)
        #expect(Self.rows(order.batches(epoch: 0)).sorted() == [0, 1, 2])
    }

    /// All options together: the counts still agree.
    @Test func together() {
        var stream = RandomStream(seed: 11)
        let images = (0..<200).map { row in
            EpochOrder.Image(
                width: 20 + Int(stream.next() % 100), height: 20 + Int(stream.next() % 100),
                classIndices: row % 5 == 0 ? [] : [1] + (row % 40 == 1 ? [2] : []))
        }
        let order = EpochOrder(
            images: images,
            sampling: .init(repeatThreshold: 0.3, groupsByAspectRatio: true, emptyImageLimit: 0.1), batchSize: 8,
            seed: 4)
        var batchCounts: [Int] = []
        for epoch in 0..<20 {
            let batches = order.batches(epoch: epoch)
            let rows = Self.rows(batches)
            let empty = rows.count { images[$0].classIndices.isEmpty }
            #expect(empty > 0 && Double(empty) <= 0.1 * Double(rows.count))
            #expect(Double(empty + 1) > 0.1 * Double(rows.count + 1))
            #expect(Set(rows).count == 160 + empty)
            #expect(batches.count == order.batchCount(epoch: epoch))
            batchCounts.append(batches.count)
        }
        #expect(order.batchCounts(epochs: 20) == batchCounts)
    }
}
