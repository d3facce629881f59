/// A box of the ISO base media file format (ISO/IEC 14496-12), in which HEIC and AVIF keep everything.
struct MediaBox {
    let type: String
    /// The bytes behind its head, as far as they are there.
    var content: Range<Int>
    /// Whether all of it is there.
    var isWhole = true

    /// The boxes inside.
    ///
    /// - Parameter skipped: Bytes before the first, such as the version of a full box.
    func children(of source: borrowing ImageSource, after skipped: Int = 0) throws(ImageError) -> [MediaBox] {
        var boxes: [MediaBox] = []
        var offset = content.lowerBound + skipped
        while content.upperBound - offset >= 8, boxes.count < 4096 {
            var size = try source.number(at: offset, bytes: 4, isLittleEndian: false)
            let name = source.bytes(at: offset + 4, count: 4)
            var head = 8
            if size == 1 {
                guard content.upperBound - offset >= 16 else { break }
                size = try source.number(at: offset + 8, bytes: 8, isLittleEndian: false)
                head = 16
            } else if size == 0 {
                size = content.upperBound - offset
            }
            guard size >= head else { throw ImageError(.corrupt("a box of \(size) bytes"), path: source.path) }
            let isWhole = size <= content.upperBound - offset
            let end = isWhole ? offset + size : content.upperBound
            boxes.append(
                MediaBox(
                    type: String(name.map { Character(UnicodeScalar($0)) }), content: offset + head..<end,
                    isWhole: isWhole))
            offset = end
        }
        return boxes
    }

    func child(_ type: String, of source: borrowing ImageSource, after skipped: Int = 0) throws(ImageError) -> MediaBox?
    {
        for box in try children(of: source, after: skipped) where box.type == type {
            guard box.isWhole else { throw ImageError(.truncated(rows: 0, height: 0), path: source.path) }
            return box
        }
        return nil
    }
}

/// The size of the primary picture of a HEIC, HEIF or AVIF file (ISO/IEC 23008-12): its `ispe`, cut by its `clap` and turned
/// by its `irot`, as every decoder does.
enum HEIFHeader {
    static func size(of source: borrowing ImageSource) throws(ImageError) -> ImageHeader.Size {
        let whole = MediaBox(type: "", content: 0..<source.size)
        guard let meta = try whole.child("meta", of: source) else {
            throw ImageError(
                .unsupported("a sequence of pictures, or one whose description is cut off"), path: source.path)
        }
        let boxes = try meta.children(of: source, after: 4)
        guard let properties = boxes.first(where: { $0.type == "iprp" }),
            let container = try properties.child("ipco", of: source)
        else { throw ImageError(.corrupt("it describes no pictures"), path: source.path) }
        let all = try container.children(of: source)
        var own = all
        var isAssociated = false
        if let primary = boxes.first(where: { $0.type == "pitm" }),
            let associations = try properties.child("ipma", of: source)
        {
            let long = try version(of: primary, source) > 0
            let item = try source.number(
                at: primary.content.lowerBound + 4, bytes: long ? 4 : 2, isLittleEndian: false)
            let places = try self.places(of: item, in: associations, source)
            let found = places.compactMap { all.indices.contains($0 - 1) ? all[$0 - 1] : nil }
            isAssociated = found.contains { $0.type == "ispe" }
            if isAssociated { own = found }
        }
        // A picture made of tiles is larger than each of them.
        var size: ImageHeader.Size = (0, 0)
        for box in own where box.type == "ispe" {
            let width = try source.number(at: box.content.lowerBound + 4, bytes: 4, isLittleEndian: false)
            let height = try source.number(at: box.content.lowerBound + 8, bytes: 4, isLittleEndian: false)
            if Double(width) * Double(height) > Double(size.width) * Double(size.height) { size = (width, height) }
        }
        guard size.width > 0 else { throw ImageError(.corrupt("it states no size"), path: source.path) }
        // Without associations it is not known whose properties these are.
        guard isAssociated else { return size }
        if let cut = own.first(where: { $0.type == "clap" }) {
            func fraction(at offset: Int, from source: borrowing ImageSource) throws(ImageError) -> Int {
                let start = cut.content.lowerBound + offset
                let numerator = try source.number(at: start, bytes: 4, isLittleEndian: false)
                let denominator = try source.number(at: start + 4, bytes: 4, isLittleEndian: false)
                return denominator > 0 ? numerator / denominator : 0
            }
            size.width = min(size.width, try fraction(at: 0, from: source))
            size.height = min(size.height, try fraction(at: 8, from: source))
        }
        guard let turn = own.first(where: { $0.type == "irot" }) else { return size }
        let quarters = try source.number(at: turn.content.lowerBound, bytes: 1)
        return quarters & 1 == 1 ? (size.height, size.width) : size
    }

    private static func version(of box: MediaBox, _ source: borrowing ImageSource) throws(ImageError) -> Int {
        try source.number(at: box.content.lowerBound, bytes: 1)
    }

    /// The places, from 1, of an item's properties in the list of all.
    private static func places(
        of wanted: Int, in box: MediaBox, _ source: borrowing ImageSource
    ) throws(ImageError) -> [Int] {
        let start = box.content.lowerBound
        let idSize = try version(of: box, source) > 0 ? 4 : 2
        let placeSize = try source.number(at: start + 3, bytes: 1) & 1 == 1 ? 2 : 1
        let count = try source.number(at: start + 4, bytes: 4, isLittleEndian: false)
        var offset = start + 8
        for _ in 0..<count {
            guard offset < box.content.upperBound else { break }
            let item = try source.number(at: offset, bytes: idSize, isLittleEndian: false)
            let associations = try source.number(at: offset + idSize, bytes: 1)
            offset += idSize + 1
            var places: [Int] = []
            for _ in 0..<associations {
                let place = try source.number(at: offset, bytes: placeSize, isLittleEndian: false)
                // The highest bit says whether a reader must know the property.
                places.append(place & (placeSize == 2 ? 0x7FFF : 0x7F))
                offset += placeSize
            }
            if item == wanted { return places }
        }
        return []
    }
}
