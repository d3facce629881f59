/// The detections of one class by descending score over all images, ties in image and input order.
struct SortedClass {
    let scores: [Double]
    /// Index of the smallest detection limit that admits the detection.
    let levels: [UInt8]
    /// Areas of the detections' boxes.
    let areas: [Double]
    /// Slot of the partition, from the class's first, to position in this order.
    let positions: [Int32]
    let highestLevel: UInt8

    init(_ partition: ClassPartition, class k: Int, rules: MatchRules) {
        let detections = partition.detections + partition.detectionStarts[k]
        let count = partition.keptCounts[k]
        let slots = DescendingOrder.positions(count: count) { detections[$0].score }
        scores = slots.map { detections[Int($0)].score }
        areas = slots.map { detections[Int($0)].box.area }
        var positions = [Int32](repeating: 0, count: count)
        for (position, slot) in slots.enumerated() { positions[Int(slot)] = Int32(position) }
        var levels = [UInt8](repeating: 0, count: count)
        for segment in partition.segments[k] {
            var level: UInt8 = 0
            for rank in 0..<Int(segment.detectionCount) {
                while rank >= rules.detectionLimits[Int(level)] { level += 1 }
                levels[Int(positions[Int(segment.detectionStart) + rank])] = level
            }
        }
        self.positions = positions
        self.levels = levels
        highestLevel = levels.max() ?? 0
    }
}
