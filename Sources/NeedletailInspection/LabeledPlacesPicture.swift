import NeedletailGeometry
import NeedletailImages
import NeedletailModels

/// The anchors or cells of a detector over a photograph: those that are to find its objects, those that are ignored, and
/// those that are to find nothing.
public struct LabeledPlacesPicture {
    /// The objects of the photograph.
    public struct Object {
        /// In pixels of the network's input.
        public var box: Corners
        public var name: String

        public init(box: Corners, name: String) {
            self.box = box
            self.name = name
        }
    }

    /// How many places of each kind there are.
    public struct Counts: Codable, Hashable, Sendable {
        public var object: Int
        public var ignored: Int
        public var background: Int
    }

    private let photograph: Image
    private let places: [LabeledPlace]
    private let objects: [Object]
    private let levels: [String]
    private let size: Image.Size

    /// Pixels of the longer side of each picture.
    private static let side = 720.0
    /// Of those that are to find nothing, as many are drawn.
    private static let mostDrawn = 250

    /// - Parameters:
    ///   - objects: As the places refer to them.
    ///   - levels: Names of the levels.
    ///   - size: Of the photograph in the network's input, without padding.
    public init(
        photograph: Image, places: [LabeledPlace], objects: [Object], levels: [String], size: Image.Size
    ) {
        let scale = Self.side / Double(max(photograph.width, photograph.height))
        self.photograph = photograph.converted(to: .rgb).resized(
            width: max(Int(Double(photograph.width) * scale), 1), height: max(Int(Double(photograph.height) * scale), 1)
        )
        self.places = places
        self.objects = objects
        self.levels = levels
        self.size = size
    }

    private static func counts(_ places: [LabeledPlace]) -> Counts {
        var counts = Counts(object: 0, ignored: 0, background: 0)
        for place in places {
            switch place.label {
            case .object: counts.object += 1
            case .ignored: counts.ignored += 1
            case .background: counts.background += 1
            }
        }
        return counts
    }

    /// Of all places.
    public var counts: Counts { Self.counts(places) }

    /// Of each level, finest first.
    public var levelCounts: [(level: String, counts: Counts)] {
        levels.enumerated().map { index, name in (name, Self.counts(places.filter { $0.level == index })) }
    }

    /// How many places are to find each object.
    public var objectCounts: [Int] {
        var counts = [Int](repeating: 0, count: objects.count)
        for place in places {
            if case .object(let object) = place.label { counts[object] += 1 }
        }
        return counts
    }

    /// The three kinds side by side; the second is left out where there are none.
    public var image: Image {
        let counts = counts
        var sheet = ContactSheet(
            columns: counts.ignored > 0 ? 3 : 2, tileWidth: photograph.width, tileHeight: photograph.height)
        let matched = places.filter { if case .object = $0.label { true } else { false } }
        sheet.append(picture(of: matched, opacity: 0.9), caption: "object: \(counts.object)")
        if counts.ignored > 0 { append(.ignored, "ignored", opacity: 0.6, to: &sheet) }
        append(.background, "background", opacity: 0.8, to: &sheet)
        return sheet.image
    }

    /// Of the places of a kind some, evenly taken.
    private func append(_ label: LabeledPlace.Label, _ name: String, opacity: Float, to sheet: inout ContactSheet) {
        let all = places.filter { $0.label == label }
        let step = max((all.count + Self.mostDrawn - 1) / Self.mostDrawn, 1)
        let sample = stride(from: 0, to: all.count, by: step).map { all[$0] }
        let drawn = step == 1 ? "" : ", \(sample.count) drawn"
        sheet.append(picture(of: sample, opacity: opacity), caption: "\(name): \(all.count)\(drawn)")
    }

    private func rectangle(_ box: Corners) -> Canvas.Rectangle {
        let x = Float(photograph.width) / Float(size.width), y = Float(photograph.height) / Float(size.height)
        return Canvas.Rectangle(left: box.x1 * x, top: box.y1 * y, right: box.x2 * x, bottom: box.y2 * y)
    }

    private func picture(of places: [LabeledPlace], opacity: Float) -> Image {
        let colors = Color.distinct(forClasses: objects.map(\.name))
        var canvas = Canvas(photograph)
        for place in places {
            let color: Color =
                switch place.label {
                case .object(let object): colors[object]
                case .ignored: Color(0xF0E442)
                case .background: Color(0x3D7FC1)
                }
            canvas.stroke(rectangle(place.box), thickness: 1.5, radius: 0, color: color, opacity: opacity)
        }
        let x = Double(photograph.width) / Double(size.width), y = Double(photograph.height) / Double(size.height)
        return canvas.image.annotated(
            with: objects.map { object in
                let box = Box(object.box)
                return LabeledBox(
                    box: Box(x: box.x * x, y: box.y * y, width: box.width * x, height: box.height * y),
                    label: object.name, color: .white, style: .groundTruth)
            })
    }
}
