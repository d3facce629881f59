import NeedletailSystem

/// A value of a field that has no column.
public enum FieldValue: Hashable, Sendable {
    case text(String)
    case number(Double)
    /// As COCO's `segmentation` has them, each `x, y, x, y ...`.
    case polygons([[Double]])
}

extension Dataset {
    /// The dataset with fields of our own at every image and annotation.
    ///
    /// Records keep the other fields they have; a field of the same name is replaced.
    ///
    /// - Parameters:
    ///   - imageFields: The fields of an image by its row; none unless given.
    ///   - annotationFields: Likewise of an annotation.
    public func withFields(
        ofImages imageFields: (Int) -> [(name: String, value: FieldValue)] = { _ in [] },
        ofAnnotations annotationFields: (Int) -> [(name: String, value: FieldValue)] = { _ in [] }
    ) -> Dataset {
        var result = self
        let extras = ExtrasArena(source: sources.count)
        for row in 0..<images.count {
            let own = imageFields(row)
            guard !own.isEmpty else { continue }
            result.images.origins[row] = extras.record(fields(ofImage: row), and: own)
        }
        for row in 0..<annotations.count {
            let own = annotationFields(row)
            guard !own.isEmpty else { continue }
            result.annotations.origins[row] = extras.record(fields(ofAnnotation: row), and: own)
        }
        result.sources.append(ByteSource(synthetic: extras.buffer, path: provenance.path))
        return result
    }
}

extension ExtrasArena {
    /// A record of the fields that another has, and some more.
    fileprivate func record(_ fields: RecordFields, and own: [(name: String, value: FieldValue)]) -> RecordOrigin {
        for member in fields.members where !own.contains(where: { $0.name == member.key.string }) {
            add(member.key.string, .json(member.value))
        }
        for (name, value) in own {
            switch value {
            case .text(let text): add(name, .text(text))
            case .number(let number): add(name, .double(number))
            case .polygons(let polygons): add(name, .polygons(polygons))
            }
        }
        return finish()
    }
}
