import NeedletailDatasets
import NeedletailText

/// What becomes of the regions of a task.
extension LabelStudioReader {
    func add(_ regions: [LabelStudioRegion], width: Double, height: Double) throws {
        // A shape and its label may be two results of one id, likewise a shape and its choice.
        let labelled = Set(regions.filter { !$0.labels.isEmpty && $0.isShape }.compactMap(\.id))
        let unlabelled = Set(regions.filter { $0.labels.isEmpty && $0.isShape }.compactMap(\.id)).subtracting(labelled)
        var choices: [String: [String]] = [:]
        for region in regions where !region.choices.isEmpty {
            if let id = region.id, unlabelled.contains(id) { choices[id, default: []] += region.choices }
        }
        for region in regions {
            guard region.isShape else {
                if region.choices.isEmpty || !(region.id.map(unlabelled.contains) ?? false) {
                    batch.remarkOnImage(.contentLeftOut, region.kind)
                }
                continue
            }
            if region.labels.isEmpty, let id = region.id, labelled.contains(id) { continue }
            guard width > 0, height > 0 else {
                throw RecordProblem(
                    offset: region.members.start,
                    problem: "the region has no original_width and original_height, and the image "
                        + "that would tell its size is not there",
                    remedy: "Export as JSON, or give the folder of the images with \(setting: .imageFolder)")
            }
            let shape = try LabelStudioShape(region, width: width, height: height)
            let score = try region.members.double("score")
            let classes = region.labels.isEmpty ? region.id.flatMap { choices[$0] } ?? [] : region.labels
            batch.extras.add("region", region.id)
            if let score { batch.extras.add("score", .double(score)) }
            shape.add(to: batch, category: batch.category(ofFirst: classes))
        }
    }
}
