import NeedletailDatasets
import NeedletailSystem

/// The fields of restored records where the format holds another value than the sidecar.
final class RestoredFields {
    private let kept: Dataset
    private let read: Dataset
    private let annotationFields: Set<String>
    private let imageFields: Set<String>
    private let madeUpFields: Set<String>
    private let arena: ExtrasArena

    /// - Parameter source: The place that the changed fields will have in the dataset's list of sources.
    init(kept: Dataset, read: Dataset, capabilities: FormatCapabilities, source: Int) {
        self.kept = kept
        self.read = read
        arena = ExtrasArena(source: source)
        annotationFields = (capabilities.annotationFields ?? [])
            .union(capabilities.polygons ? ["segmentation"] : []).union(capabilities.scores ? ["score"] : [])
        madeUpFields = capabilities.madeUpFields
        imageFields = (capabilities.imageFields ?? []).union(capabilities.splits ? ["split"] : [])
    }

    /// What has been gathered.
    var source: ByteSource { ByteSource(synthetic: arena.buffer, path: read.provenance.path) }

    /// The fields of an image, when one of them was changed.
    func image(_ row: Int, _ copy: Int) -> RecordOrigin? {
        guard !read.images.origins[copy].isNone else { return nil }
        let changed = merge(kept.fields(ofImage: row), read.fields(ofImage: copy), held: imageFields)
        return changed.isEmpty ? nil : arena.finish()
    }

    /// The fields of an annotation, when one of them was changed.
    func annotation(_ row: Int, _ copy: Int) -> (origin: RecordOrigin, hasOtherPolygon: Bool)? {
        guard !read.annotations.origins[copy].isNone else { return nil }
        let changed = merge(kept.fields(ofAnnotation: row), read.fields(ofAnnotation: copy), held: annotationFields)
        return changed.isEmpty ? nil : (arena.finish(), changed.contains("segmentation"))
    }

    /// Adds all fields to the arena, if one that the format holds has another value; returns those.
    private func merge(_ kept: RecordFields, _ read: RecordFields, held: Set<String>) -> Set<String> {
        var changed: Set<String> = []
        for member in read.members {
            let key = member.key.string
            guard held.contains(key) else { continue }
            let former = kept.members.last { $0.key.string == key }
            if former == nil, madeUpFields.contains(key) { continue }
            if let former, former.isSame(as: member) { continue }
            changed.insert(key)
        }
        guard !changed.isEmpty else { return [] }
        for member in kept.members where !changed.contains(member.key.string) {
            arena.add(member.key.string, .json(member.value))
        }
        for member in read.members where changed.contains(member.key.string) {
            arena.add(member.key.string, .json(member.value))
        }
        return changed
    }
}
