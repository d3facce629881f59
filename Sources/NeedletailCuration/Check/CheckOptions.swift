import NeedletailDatasets

/// What a check looks for.
public struct CheckOptions: Sendable {
    /// The kinds that are reported.
    public var kinds: Set<DatasetIssue.Kind>
    /// Whether image files are read.
    public var readsPictures: Bool
    /// Whether only the headers of image files are read: that finds files that are missing, no pictures or of another
    /// size, and the same file in two splits, but neither damage in the pixels nor copies.
    public var readsHeadersOnly = false
    /// Two boxes of one category in one image are almost the same from this overlap (IoU) on.
    public var nearlyDuplicateOverlap = 0.95

    public init(
        only: Set<DatasetIssue.Kind>? = nil, skip: Set<DatasetIssue.Kind> = [], readsPictures: Bool = true
    ) {
        kinds = (only ?? Set(DatasetIssue.Kind.allCases)).subtracting(skip)
        self.readsPictures = readsPictures
    }

    /// Whether any of these is to be reported.
    func wants(_ kinds: DatasetIssue.Kind...) -> Bool { !self.kinds.isDisjoint(with: kinds) }
}
