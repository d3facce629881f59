/// The 80 categories of COCO's detection task; their ids leave gaps up to 90.
enum COCOCategories {
    /// Those of torchvision's detectors, whose files say nothing about them: with 91 outputs, the background's included, they
    /// are taken to be COCO's, otherwise they are called by their class index.
    static func torchvision(outputs: Int) -> [DenseDetector.Category] {
        guard outputs == 91 else {
            return (1..<max(outputs, 1)).map { DenseDetector.Category(id: $0, name: "class \($0)", classIndex: $0) }
        }
        let names = Dictionary(Self.names.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        // The outputs of ids that COCO does not use can still answer, and the reference reports them too.
        return (1..<outputs).map { DenseDetector.Category(id: $0, name: names[$0] ?? "N/A \($0)", classIndex: $0) }
    }

    static let names: [(id: Int, name: String)] = {
        let text = """
            1 person;2 bicycle;3 car;4 motorcycle;5 airplane;6 bus;7 train;8 truck;9 boat;10 traffic light;\
            11 fire hydrant;13 stop sign;14 parking meter;15 bench;16 bird;17 cat;18 dog;19 horse;20 sheep;21 cow;\
            22 elephant;23 bear;24 zebra;25 giraffe;27 backpack;28 umbrella;31 handbag;32 tie;33 suitcase;\
            34 frisbee;35 skis;36 snowboard;37 sports ball;38 kite;39 baseball bat;40 baseball glove;41 skateboard;\
            42 surfboard;43 tennis racket;44 bottle;46 wine glass;47 cup;48 fork;49 knife;50 spoon;51 bowl;\
            52 banana;53 apple;54 sandwich;55 orange;56 broccoli;57 carrot;58 hot dog;59 pizza;60 donut;61 cake;\
            62 chair;63 couch;64 potted plant;65 bed;67 dining table;70 toilet;72 tv;73 laptop;74 mouse;75 remote;\
            76 keyboard;77 cell phone;78 microwave;79 oven;80 toaster;81 sink;82 refrigerator;84 book;85 clock;\
            86 vase;87 scissors;88 teddy bear;89 hair drier;90 toothbrush
            """
        return text.split(separator: ";").compactMap { entry in
            let parts = entry.split(separator: " ", maxSplits: 1)
            return Int(parts[0]).map { ($0, String(parts[1])) }
        }
    }()
}

extension DenseDetector.Category {
    /// COCO's 80 categories with their ids.
    ///
    /// - Parameters:
    ///   - withGaps: Whether class indices leave the gaps that the ids have.
    ///   - first: The number that a network gives to the first of them: 1 where 0 is the background, or is nobody's.
    package static func coco(withGaps: Bool, from first: Int) -> [DenseDetector.Category] {
        COCOCategories.names.enumerated().map { index, category in
            DenseDetector.Category(
                id: category.id, name: category.name,
                // A class index is the network's number, less its first, counted from 1.
                classIndex: withGaps ? category.id - first + 1 : index + 1)
        }
    }
}
