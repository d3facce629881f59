import NeedletailDatasets
import NeedletailGeometry
import NeedletailText

/// Finds out which image and which category an entry of results means, where it says more than their numbers.
///
/// Numbers are those of the dataset that the detections were made for, or of the detector. Names are the same everywhere:
/// where an entry has them, they decide.
struct ResultReferences {
    private var images: ImageLookup?
    private let ids: IDColumn?
    private let categories: [Category]
    private let numbers: [RecordID: Int]
    private let names: CategoryNameIndex
    /// What the dataset calls its categories, by number.
    let ownNames: [Int: String]
    private var category = RepeatedText()
    private var places: [Int] = []
    private var image = RepeatedText()
    private var imageID: RecordID?

    /// - Parameter dataset: Whose images and categories are meant; without it the numbers in the file are taken.
    init(_ dataset: Dataset?, categories: [Category]) {
        images = dataset.map { ImageLookup($0.images) }
        ids = dataset?.images.ids
        self.categories = categories
        numbers = Dictionary(categories.map { ($0.id, $0.number) }) { first, _ in first }
        names = CategoryNameIndex(categories.map(\.name))
        ownNames = Dictionary(categories.map { ($0.number, $0.name) }) { first, _ in first }
    }

    /// Reads the name of a category.
    mutating func readCategoryName(_ json: inout JSONReader, in text: UnsafeRawBufferPointer) throws(JSONError)
        -> String?
    {
        if try category.read(&json, in: text) { places = category.text.map { names.places(of: $0) } ?? [] }
        return category.text
    }

    /// Reads the name of an image file.
    ///
    /// - Returns: The identifier of the dataset's image that it means, if it means one.
    mutating func readFileName(_ json: inout JSONReader, in text: UnsafeRawBufferPointer) throws(JSONError) -> RecordID?
    {
        if try image.read(&json, in: text) {
            imageID = image.text.flatMap { images?.row(named: $0) }.flatMap { ids?[$0] }
        }
        return imageID
    }

    enum CategoryReference {
        case number(Int)
        /// The category has a name that no category of the dataset has.
        case foreign(name: String)
        case unknown
    }

    /// The category that an entry means.
    ///
    /// - Parameter name: As ``readCategoryName(_:in:)`` has read it last.
    func category(id: RecordID, name: String?) -> CategoryReference {
        guard let name, !categories.isEmpty else {
            return (numbers[id] ?? id.integer).map { .number($0) } ?? .unknown
        }
        // Of several categories of one name the number tells which it is.
        guard let place = places.first(where: { categories[$0].id == id }) ?? places.first else {
            return .foreign(name: name)
        }
        return .number(categories[place].number)
    }
}

/// A text that is mostly the one before: made a `String` only when it changes.
private struct RepeatedText {
    private(set) var text: String?
    private var bytes: Range<Int>?

    /// - Returns: Whether it is another text than before.
    mutating func read(_ json: inout JSONReader, in source: UnsafeRawBufferPointer) throws(JSONError) -> Bool {
        let start = json
        let range = try json.skipValue()
        if let bytes, bytes.count == range.count, source[bytes].elementsEqual(source[range]) { return false }
        bytes = range
        json = start
        text = try json.readOptionalString()
        return true
    }
}
