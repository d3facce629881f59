import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Reads the LabelMe file of one image.
///
/// Polygons and rectangles of one label that share a `group_id` are the parts of one object.
struct LabelMeReader {
    private let options: ReadingOptions
    private let batch: RecordBatch

    init(_ options: ReadingOptions, batch: RecordBatch) {
        self.options = options
        self.batch = batch
    }

    /// - Parameter file: Relative to `root`, which the images' names are relative to as well.
    func read(_ file: String, in root: String) throws {
        let source = try ByteSource.annotations("\(root)/\(file)", as: .json)
        try JSONObjectReader.read(source, into: batch, isLenient: options.isLenient) { json in
            try readImage(json.whole, as: file, in: root)
            var objects: [[LabelMeShape]] = []
            var places: [Group: Int] = [:]
            try json.forEach("shapes") { take(try LabelMeShape($0), into: &objects, &places) }
            for shapes in objects { add(shapes) }
        }
    }

    private func readImage(_ members: JSONMembers, as file: String, in root: String) throws {
        // Written on another machine as often as not; where the annotations are the image is, too.
        let written = try members.string("imagePath")?.split { $0 == "/" || $0 == "\\" }.last.map(String.init)
        let name = FilePath.join(
            FilePath.parent(of: file), written ?? "\(FilePath.stem(of: FilePath.fileName(of: file))).jpg")
        members.addOthers(
            than: ["shapes", "imagePath", "imageData", "imageHeight", "imageWidth"], to: batch.extras)
        batch.addImage(
            name: name, width: try members.integer("imageWidth") ?? 0, height: try members.integer("imageHeight") ?? 0,
            describedIn: "\(root)/\(file)")
    }

    private struct Group: Hashable {
        var label: String
        var number: String
    }

    /// Puts a shape with the parts of its object.
    private func take(
        _ shape: LabelMeShape, into objects: inout [[LabelMeShape]], _ places: inout [Group: Int]
    ) {
        var shape = shape
        shape.hasTextNumber = batch.hasTextNumber
        batch.hasTextNumber = false
        guard let number = shape.group, shape.part != nil else { return objects.append([shape]) }
        let group = Group(label: shape.label, number: number)
        if let place = places[group] {
            objects[place].append(shape)
        } else {
            places[group] = objects.count
            objects.append([shape])
        }
    }

    private func add(_ shapes: [LabelMeShape]) {
        let first = shapes[0]
        let category = batch.category(called: first.label)
        let isDifficult = shapes.contains(where: \.isDifficult)
        batch.hasTextNumber = shapes.contains(where: \.hasTextNumber)
        first.members.addOthers(than: ["label", "points", "shape_type", "difficult"], to: batch.extras)
        guard shapes.count == 1 else {
            for shape in shapes.dropFirst() where !shape.saysTheSame(as: first) {
                batch.remarkOnNextObject(.contentLeftOut, "what a further part of an object says otherwise")
            }
            batch.remarkOnNextObject(.boxFromShape, "several parts of one object")
            return batch.addPolygons(shapes.compactMap(\.part), category: category, isDifficult: isDifficult)
        }
        if let polygon = first.polygon {
            if first.kind != "polygon" { batch.extras.add("shape_type", first.kind) }
            batch.addPolygons([polygon], category: category, isDifficult: isDifficult)
        } else if let box = first.rectangle {
            batch.addObject(category: category, box: box, isDifficult: isDifficult)
        } else {
            batch.extras.add("shape_type", first.kind)
            if first.members.has("points") { batch.extras.add("points", .json(first.members.text("points"))) }
            batch.remarkOnNextObject(.boxFromShape, first.kind)
            batch.addObject(category: category, box: first.extent, isDifficult: isDifficult)
        }
    }
}
