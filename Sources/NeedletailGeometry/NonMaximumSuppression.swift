/// Keeps the best of overlapping boxes.
public enum NonMaximumSuppression {
    /// The indices of the boxes that are kept, best score first.
    ///
    /// Boxes are taken by falling score (of equal scores the earlier first); each one kept removes all later boxes
    /// whose IoU with it is greater than `threshold`. Same results as torchvision's `nms`.
    ///
    /// Only boxes whose left side lies near enough to overlap are compared, so the cost is that of sorting plus
    /// `O(kept · neighbours)`, where neighbours are the boxes in a column of the image twice as wide as the widest box.
    ///
    /// - Parameter threshold: 0 or greater.
    /// - Precondition: `boxes.count == scores.count`.
    public static func keptIndices(boxes: [Corners], scores: [Float], threshold: Double) -> [Int] {
        precondition(boxes.count == scores.count, "\(boxes.count) boxes with \(scores.count) scores")
        let order = indicesByFallingScore(scores)
        var sorted = SortedBoxes(order.map { boxes[$0] })
        return order.enumerated().compactMap { rank, index in
            guard !sorted.isSuppressed(rank) else { return nil }
            sorted.suppressBoxes(overlapping: rank, threshold: threshold)
            return index
        }
    }

    /// Suppression among the boxes of each class, best score first: torchvision's `batched_nms` on a CPU.
    ///
    /// Up to 1,000 boxes the reference moves each class to a place of its own by adding an offset in single
    /// precision, which rounds the coordinates; with more it treats the classes one by one. Both ways are followed
    /// so that borderline overlaps are decided alike.
    public static func keptIndices(
        boxes: [Corners], scores: [Float], classes: [Int], threshold: Double
    ) -> [Int] {
        guard let first = boxes.first else { return [] }
        if boxes.count * 4 <= 4000 {
            let greatest = boxes.dropFirst().reduce(first.vector) { pointwiseMax($0, $1.vector) }.max()
            let moved = zip(boxes, classes).map { box, label in
                let offset = Float(label) * (greatest + 1)
                return box.moved(byX: offset, y: offset)
            }
            return keptIndices(boxes: moved, scores: scores, threshold: threshold)
        }
        var members: [Int: [Int]] = [:]
        for (index, label) in classes.enumerated() { members[label, default: []].append(index) }
        var isKept = [Bool](repeating: false, count: boxes.count)
        for indices in members.values {
            let kept = keptIndices(
                boxes: indices.map { boxes[$0] }, scores: indices.map { scores[$0] }, threshold: threshold)
            for position in kept { isKept[indices[position]] = true }
        }
        let kept = boxes.indices.filter { isKept[$0] }
        return indicesByFallingScore(kept.map { scores[$0] }).map { kept[$0] }
    }

    /// Indices from the greatest score to the least; equal scores keep their order.
    public static func indicesByFallingScore(_ scores: [Float]) -> [Int] {
        scores.indices.sorted { scores[$0] > scores[$1] || (scores[$0] == scores[$1] && $0 < $1) }
    }
}
