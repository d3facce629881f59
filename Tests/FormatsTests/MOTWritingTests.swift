import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import ProgramRunner
import Testing

/// Sequences as trackers read them.
@Suite struct MOTWritingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func dataset(_ names: [String], classes: [String]) -> Dataset {
        Dataset(
            images: names.enumerated().map {
                ImageRecord(id: .integer($0 + 1), fileName: $1, width: 40, height: 30)
            },
            categories: classes.enumerated().map { Category(id: .integer($0 + 5), name: $1) },
            annotations: names.indices.map { place in
                var annotation = Annotation(
                    image: place, category: place % classes.count,
                    box: Box(x: Double(place), y: 2.5, width: 10, height: 8))
                annotation.crowd = place == 1
                return annotation
            })
    }

    @Test func whatTheFilesSay() throws {
        try dataset(["f_10.png", "f_9.png", "clips/a/x.jpg"], classes: ["car", "pedestrian"])
            .write(to: folder("out"), format: .mot)
        // Frames follow the numbers of the names, and so do tracks, which no field names.
        #expect(
            try folder.text(of: "out/sequence/gt/gt.txt") == "1,1,1,2.5,10,8,0,1,1\n2,2,0,2.5,10,8,1,3,1\n")
        #expect(
            try folder.text(of: "out/sequence/seqinfo.ini")
                == "[Sequence]\nname=sequence\nimDir=img1\nframeRate=30\nseqLength=2\nimWidth=40\nimHeight=30\nimExt=.png\n"
        )
        #expect(try folder.text(of: "out/clips-a/gt/gt.txt") == "1,1,2,2.5,10,8,1,3,1\n")
        #expect(folder.names(in: "out/sequence/gt") == ["gt.txt"])
    }

    @Test func classesThatTheChallengeDoesNotHave() throws {
        try dataset(["1.jpg", "2.jpg"], classes: ["cat", "car"]).write(to: folder("out"), format: .mot)
        #expect(try folder.text(of: "out/sequence/gt/labels.txt") == "cat\ncar\n")
        #expect(try folder.text(of: "out/sequence/gt/gt.txt") == "1,1,0,2.5,10,8,1,1,1\n2,2,1,2.5,10,8,0,2,1\n")
        var options = ReadingOptions()
        options.usesSidecar = false
        let back = try Dataset.read(folder("out"), options: options)
        #expect(back.categories.map(\.name) == ["cat", "car"])
        #expect(back.images.map(\.fileName) == ["sequence/img1/000001.jpg", "sequence/img1/000002.jpg"])
    }

    /// What was a MOT dataset is the same one again: names, tracks, visibility and frames without objects.
    @Test func whatWasReadIsWrittenAgain() throws {
        let rows = "1,4,1,2,3,4,1,1,0.5\n1,9,5,6,7,8,0,3,1\n3,4,2,2,3,4,1,1,1\n"
        try folder.write(rows, to: "mot/train/S-1/gt/gt.txt")
        try folder.write(
            "[Sequence]\nname=S-1\nimDir=img1\nframeRate=30\nseqLength=4\nimWidth=40\nimHeight=30\nimExt=.jpg\n",
            to: "mot/train/S-1/seqinfo.ini")
        // A sequence without any object.
        try folder.write("", to: "mot/train/S-2/gt/gt.txt")
        try folder.write("seqLength=2\nimWidth=40\nimHeight=30\n", to: "mot/train/S-2/seqinfo.ini")
        var options = WritingOptions()
        options.writesSidecar = false
        try Dataset.read(folder("mot")).write(to: folder("out"), format: .mot, options: options)
        #expect(try folder.text(of: "out/train/S-1/gt/gt.txt") == rows)
        #expect(try folder.text(of: "out/train/S-1/seqinfo.ini") == folder.text(of: "mot/train/S-1/seqinfo.ini"))
        #expect(try folder.text(of: "out/train/S-2/seqinfo.ini").contains("seqLength=2\n"))
        #expect(try Dataset.read(folder("out")).images.count == 6)
    }
}
