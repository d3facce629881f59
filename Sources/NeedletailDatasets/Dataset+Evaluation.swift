extension Dataset {
    /// A whole number for each image that sorts as its id does: the id itself where all are whole numbers.
    ///
    /// The COCO metrics take images in the order of their ids, which decides about equal scores.
    public var evaluationImageIDs: [Int] {
        let ids = (0..<images.count).map { images[$0].id }
        let numbers = ids.compactMap(\.integer)
        if numbers.count == ids.count { return numbers }
        var ranks = [Int](repeating: 0, count: ids.count)
        for (rank, row) in ids.indices.sorted(by: { ids[$0] < ids[$1] }).enumerated() { ranks[row] = rank }
        return ranks
    }
}
