import Foundation
import NeedletailDatasets
import NeedletailFormats
import ProgramRunner
import Testing

/// The YAML of `dataset.yaml` files, through the names that come out.
@Suite struct YAMLReaderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func names(_ yaml: String) throws -> [String] {
        _ = try folder.write("", to: "images/.keep")
        let path = try folder.write("train: images\n" + yaml, to: "data.yaml")
        return try Dataset.read(path).categories.map(\.name)
    }

    @Test(arguments: [
        ("names: [a, 'b, c', \"d\\u00e9\"]", ["a", "b, c", "dé"]),
        ("names:\n- a\n- b # c\n", ["a", "b"]),
        ("names:\n    - a\n    - 'it''s'\n", ["a", "it's"]),
        ("names: {0: a, 1: 'b: c'}\nnc: 2", ["a", "b: c"]),
        ("names: [\n  a,   # one\n  b\n]", ["a", "b"]),
        ("names:\n  1: b\n  0: a\n", ["a", "b"]),
        ("download: |\n  import os\n  names: [evil]\nnames: [ok]\n", ["ok"]),
        ("\"names\": [\"a#b\", c d]\n", ["a#b", "c d"]),
        ("names: []\n", []),
        ("names:\n  0: yes\n  1: 3.5\n  2: null\n", ["yes", "3.5", "null"]),
    ])
    func readsNames(_ yaml: String, _ expected: [String]) throws {
        #expect(try names(yaml) == expected)
        #expect(try names(yaml.replacingOccurrences(of: "\n", with: "\r\n")) == expected)
    }

    @Test(arguments: [
        "names: &a [x]", "names: *a", "names: !!python/object x", "names: [a", "names: 'a", "names: word",
        "names: {a: b}", "names\n", "names: [a] b", "names:\n  0: a\n   1: b\n",
    ])
    func refuses(_ yaml: String) throws {
        let error = caught { _ = try names(yaml) }
        #expect(error?.file == folder.path + "/data.yaml", "\(yaml)")
    }
}
