/// What the files of a format have room for.
///
/// A property that is false says that the format itself cannot hold the thing; ``Dataset/write(to:format:options:)``
/// keeps it in the sidecar.
public struct FormatCapabilities: Hashable, Sendable {
    /// What the format is called by people.
    public var title: String
    /// Whether datasets are written in it, too.
    public var imageSizes = true
    /// Whether a record that states no size lacks something.
    public var statesImageSizes = false
    /// Whether each image has a file of annotations of its own, so that one without is not part of the dataset.
    var hasFileForEachImage = false
    /// Images without annotations.
    public var emptyImages = true
    public var imageIDs = false
    public var annotationIDs = false
    public var categoryIDs = false
    /// Categories that no annotation has.
    public var unusedCategories = false
    public var crowds = false
    public var difficult = false
    public var areas = false
    public var polygons = false
    public var scores = false
    /// Which list of a dataset an image belongs to: train, val ...
    public var splits = false
    /// Fields of annotations, beyond those above, that are written and read back; nil when any are.
    public var annotationFields: Set<String>? = []
    /// Those of them that are made up for objects which have none, and mean nothing there when they are read back.
    var madeUpFields: Set<String> = []
    /// Fields of images, likewise.
    public var imageFields: Set<String>? = []
    /// The names of all classes that there can be, in their order, where the format fixes them.
    public var classes: [String]?
    /// How coordinates are written.
    public var coordinates = "pixels, all digits"

    public init(title: String, classes: [String]? = nil) {
        self.title = title
        self.classes = classes
    }
}
