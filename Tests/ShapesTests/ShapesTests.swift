import NeedletailGeometry
import NeedletailImages
import NeedletailShapes
import Testing

@Suite struct ShapesTests {
    @Test func samplesDependOnSeedAndIndexAlone() {
        let stream = SyntheticClassification(seed: 3, size: 32)
        let late = stream.sample(50)
        _ = stream.sample(2)
        #expect(stream.sample(50) == late)
        #expect(SyntheticClassification(seed: 3, size: 32).sample(50) == late)
        #expect(SyntheticClassification(seed: 4, size: 32).sample(50) != late)
        #expect(stream.sample(51).image != late.image)
    }

    @Test func classesAreBalanced() {
        let stream = SyntheticClassification(seed: 1, size: 8)
        var counts = [Int](repeating: 0, count: SyntheticClassification.classNames.count)
        for i in 0..<2000 { counts[stream.sample(i).label] += 1 }
        #expect(counts.count == 20)
        // 100 expected of each; five standard deviations are 49.
        #expect(counts.allSatisfy { abs($0 - 100) < 49 }, "\(counts)")
        #expect(Set(SyntheticClassification.classNames).count == 20)
    }

    @Test func samplesShowTheObject() {
        // A picture that shows something has contrast.
        for index in 0..<60 {
            let bytes = SyntheticClassification(seed: 9, size: 48).sample(index).image.converted(to: .gray).bytes
            let mean = bytes.reduce(0.0) { $0 + Double($1) } / Double(bytes.count)
            let variance = bytes.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(bytes.count)
            #expect(variance > 25, "sample \(index)")
        }
    }

    @Test func scenesAreReproducible() {
        let scene = SyntheticScene(seed: 1, index: 7)
        let again = SyntheticScene(seed: 1, index: 7)
        #expect(scene.image == again.image && scene.objects == again.objects)
        #expect(SyntheticScene(seed: 2, index: 7).image != scene.image)
    }

    @Test func objectsLieInTheImageAndVary() {
        var kinds: [ShapeKind: Int] = [:]
        var empty = 0, sides: [Double] = []
        for index in 0..<120 {
            let scene = SyntheticScene(seed: 5, index: index)
            let width = Double(scene.image.width), height = Double(scene.image.height)
            #expect(scene.objects.count <= 10)
            if scene.objects.isEmpty { empty += 1 }
            for object in scene.objects {
                #expect(object.box.hasArea && object.box.clipped(toWidth: width, height: height) == object.box)
                #expect(object.area > 0 && Double(object.area) <= object.box.area)
                kinds[object.kind, default: 0] += 1
                sides.append(max(object.box.width, object.box.height))
            }
        }
        #expect(Set(kinds.keys) == Set(SyntheticScene.kinds))
        #expect(kinds.values.allSatisfy { $0 > 40 }, "\(kinds)")
        #expect((3...25).contains(empty))
        #expect((sides.min() ?? 0) < 20 && (sides.max() ?? 0) > 110 && (sides.max() ?? 0) < 145)
    }
}
