/// A dataset that is published for everybody: what it is, under which terms, and where it comes from.
///
/// Numbers of images and classes are those of its publishers. Files are checked by the MD5 that is published of them, where
/// one is, or by the length that the server states.
public struct KnownDataset: Sendable, Hashable {
    public enum Task: String, Sendable, Codable {
        case detection, classification
        /// Pixels are annotated, too.
        case segmentation
    }

    public struct File: Sendable, Hashable {
        public var url: String
        /// What it is called in the folder of the dataset.
        public var name: String
        /// 32 digits, where it is published.
        public var md5: String?
        /// Exactly, where it is known.
        public var byteCount: Int?
        /// Whether it is an archive, whose files take its place.
        public var isArchive: Bool

        public init(
            _ url: String, md5: String? = nil, byteCount: Int? = nil, isArchive: Bool = true, name: String? = nil
        ) {
            self.url = url
            self.name = name ?? String(url[(url.lastIndex(of: "/").map(url.index(after:)) ?? url.startIndex)...])
            self.md5 = md5
            self.byteCount = byteCount
            self.isArchive = isArchive
        }
    }

    /// Such as `coco-val2017`.
    public var name: String
    /// What it shows, in a few words.
    public var title: String
    public var task: Task
    public var imageCount: Int
    public var classCount: Int
    /// What is transferred, about, in megabytes; nil where its publishers do not say.
    public var megabytes: Double?
    public var licence: String
    /// Where its publishers write about it.
    public var page: String
    /// Empty where its publishers want to be asked first, or give it out in a way that no program follows.
    public var files: [File]
    /// What is done with it next, with `{}` for its folder; nil where its annotations are none that are read here.
    public var nextCommand: String?

    public init(
        name: String, title: String, task: Task, imageCount: Int, classCount: Int, megabytes: Double?, licence: String,
        page: String, files: [File], nextCommand: String?
    ) {
        self.name = name
        self.title = title
        self.task = task
        self.imageCount = imageCount
        self.classCount = classCount
        self.megabytes = megabytes
        self.licence = licence
        self.page = page
        self.files = files
        self.nextCommand = nextCommand
    }

    public var isFetched: Bool { !files.isEmpty }

    /// The command that follows, for a folder.
    public func nextCommand(folder: String) -> String? {
        nextCommand.map { $0.split(separator: "{}", omittingEmptySubsequences: false).joined(separator: folder) }
    }

    public static func named(_ name: String) -> KnownDataset? { all.first { $0.name == name } }
}
