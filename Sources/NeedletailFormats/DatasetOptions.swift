import NeedletailDatasets

/// How a dataset is read.
public struct ReadingOptions: Sendable {
    /// The format, when it is not to be recognised from the content.
    public var format: DatasetFormat?
    /// Which part to read, where a format has lists of them: `train`, `val` ...
    public var split: String?
    /// The folder of the image files, when it is not where the format expects it.
    public var images: String?
    /// How the pixel coordinates of Pascal VOC are meant.
    public var vocOrigin = VOCOrigin.inclusive1
    /// The dataset that detections were made for, which formats of detections alone need.
    public var annotations: String?
    /// What the columns of a table mean, where their names do not tell.
    public var columns = TableColumns()
    /// Which attribute of an object names its class, where the format knows attributes but no classes (VIA).
    public var classAttribute: String?
    /// Whether records that are no good (a field missing or of another type, an unknown image or category) are left
    /// out and listed in ``Dataset/refusals`` instead of ending the reading at the first.
    public var isLenient = false
    /// Whether a sidecar beside the dataset restores what the format could not hold.
    public var usesSidecar = true
    /// Images whose names and sizes are known from elsewhere, for formats that do not store them.
    var knownImages: KnownImages?
    /// What finds the images of the annotations that are being read.
    var finder: ImageFinder?

    public init(format: DatasetFormat? = nil, split: String? = nil, images: String? = nil) {
        self.format = format
        self.split = split
        self.images = images
    }
}

/// How a dataset is written.
public struct WritingOptions: Sendable {
    /// The list that images belong to which name none, where the format has lists.
    public var split = "train"
    /// How the pixel coordinates of Pascal VOC are to be meant.
    public var vocOrigin = VOCOrigin.inclusive1
    /// Whether polygons are written as such in formats whose files hold boxes or polygons; otherwise boxes are.
    public var writesPolygons = false
    /// Whether a dataset that is at the destination may be replaced.
    public var overwrites = false
    /// What becomes of the image files in formats that have a place for them.
    public var images = ImageTransfer.none
    /// Whether what the format cannot hold is kept in a file beside it.
    public var writesSidecar = true

    public init() {}
}
