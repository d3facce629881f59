import NeedletailONNX
import Testing

/// What other programs call the classes of their networks, in the forms in which they write it.
@Suite struct ClassNameTests {
    @Test(arguments: [
        // Ultralytics: a Python dictionary's text.
        ("{0: 'person', 1: 'traffic light', 2: \"driver's hand\"}", ["person", "traffic light", "driver's hand"]),
        // The same in JSON, and as Hugging Face's id2label, in any order.
        (#"{"1": "dog", "0": "d\u00e9g"}"#, ["d\u{E9}g", "dog"]),
        // Numbers by name.
        ("{'cat': 0, 'dog': 1}", ["cat", "dog"]),
        // From 1.
        ("{1: 'cat', 2: 'dog'}", ["cat", "dog"]),
        // MMDetection: a tuple, also of one.
        ("('cat', 'dog')", ["cat", "dog"]), ("('cat',)", ["cat"]),
        (#"["cat", "dog",]"#, ["cat", "dog"]),
        // COCO's and Label Studio's way.
        (#"[{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]"#, ["cat", "dog"]),
        (#"{"classes": ["cat", "dog"], "version": 2}"#, ["cat", "dog"]),
        ("cat\ndog\r\n", ["cat", "dog"]), ("traffic light, stop sign", ["traffic light", "stop sign"]),
        ("traffic light", ["traffic light"]),
    ])
    func isRead(_ text: String, _ names: [String]) { #expect(ClassNames.read(text) == names) }

    /// OpenVINO's Model API has spaces between names.
    @Test func spacesBetween() {
        #expect(ClassNames.read("traffic_light dog", hasSpacesBetween: true) == ["traffic_light", "dog"])
        #expect(ClassNames.read("['traffic light', 'dog']", hasSpacesBetween: true) == ["traffic light", "dog"])
    }

    @Test(arguments: [
        "", " ", "80", "{}", "[]", "{0: 'cat', 2: 'dog'}", "{0: 'cat', 0: 'dog'}", "{5: 'cat'}", "[1, 2]", "{0: 'cat'",
        "['cat'",
        "'cat", "[['cat']]", "{0: {1: 'cat'}}", "[[[[[[[[[[[['cat']]]]]]]]]]]]", "{-1: 'cat'}",
        "{9223372036854775807: 'cat', 9223372036854775808: 'dog'}",
    ])
    func isRefused(_ text: String) { #expect(ClassNames.read(text) == nil) }

    @Test(arguments: [
        "names", "class_names", "classes", "CLASSES", "labels", "id2label", "model_info/labels", "model_info labels",
        "thing_classes",
    ])
    func isFoundUnder(_ key: String) {
        #expect(ClassNames.inMetadata([key: #"["cat", "dog"]"#, "imgsz": "[640, 640]"]) == ["cat", "dog"])
    }

    /// The first key that holds names.
    @Test func keysInTurn() {
        #expect(ClassNames.inMetadata(["names": "2", "labels": "cat dog"]) == ["cat", "dog"])
        #expect(ClassNames.inMetadata(["names": "{0: 'cat'}", "labels": "a b"]) == ["cat"])
        #expect(ClassNames.inMetadata(["description": "['cat']"]) == nil)
    }
}
