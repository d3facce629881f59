import NeedletailGraph
import NeedletailModels
import NeedletailRuntime
import Testing

/// What of a model belongs together.
@Suite struct ParameterGroupTests {
    private let detector = DenseDetector(
        DenseDetector.Configuration(
            network: RetinaNet(
                backbone: .resnet10Quarter, channels: 32, classCount: 2, normalization: .trained),
            categories: []))

    /// Every parameter is in one group, in the order of the store.
    @Test func groupsAreAPartition() {
        func check(_ model: some Model, kinds: [ParameterGroup.Kind]) {
            let groups = model.parameterGroups
            #expect(groups.map(\.kind) == kinds)
            #expect(groups.flatMap(\.parameters).map(\.name) == model.parameters.parameters.map(\.name))
            #expect(groups.allSatisfy { !$0.parameters.isEmpty })
        }
        let stages = (0...4).map { ParameterGroup.Kind.backbone(stage: $0) }
        check(detector, kinds: stages + [.neck, .head])
        check(Classifier(.resnet10Quarter, classCount: 3), kinds: stages + [.head])
    }

    /// torchvision's `trainable_layers`, counted from the top: layer4 is the first, the stem with its normalisation the
    /// fifth.
    @Test func stagesAreTrainedFromTheTop() {
        func backbone(_ stages: Int) -> Set<String> {
            Set(
                detector.trainedParameters(backboneStages: stages).map(\.name).compactMap { name in
                    guard name.hasPrefix("backbone.body.") else { return nil }
                    return String(name.split(separator: ".")[2])
                })
        }
        #expect(backbone(0) == [])
        #expect(backbone(1) == ["layer4"])
        #expect(backbone(3) == ["layer4", "layer3", "layer2"])
        #expect(backbone(4) == ["layer4", "layer3", "layer2", "layer1"])
        #expect(backbone(5) == ["layer4", "layer3", "layer2", "layer1", "conv1", "bn1"])
        let all = detector.trainedParameters(backboneStages: 5)
        #expect(all.map(\.name) == detector.parameters.parameters.filter { $0.role == .weight }.map(\.name))
        #expect(
            detector.trainedParameters(backboneStages: 0).count
                == detector.parameters.parameters.count {
                    $0.role == .weight && !$0.name.hasPrefix("backbone.body.")
                })
    }
}
