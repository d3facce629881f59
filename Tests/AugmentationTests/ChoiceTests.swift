import NeedletailAugmentation
import NeedletailGeometry
import NeedletailImages
import Testing

@Suite struct ChoiceTests {
    /// What a policy does to a small picture in so many epochs, names alone.
    private func names(_ text: String, epochs: Int = 400) throws -> [[String]] {
        let policy = try AugmentationPolicy(text: text)
        let sample = LabeledImage(image: Image(width: 4, height: 3), objects: [])
        return (1...epochs).map { epoch in
            policy.augment(sample, name: "x", seed: 2, epoch: epoch).recipe.operations.map {
                String($0.text.prefix { $0 != " " })
            }
        }
    }

    /// Of weights 1 and 0.25, four fifths are the first; done four times in five, 0.64 and 0.16 of all.
    @Test func oneIsChosenAsOftenAsItsWeight() throws {
        let done = try names("one-of p=0.8 {\n  invert\n  sepia p=0.25\n  grey p=0  # never\n}")
        let counts = Dictionary(done.map { ($0, 1) }, uniquingKeysWith: +)
        #expect(Set(counts.keys) == [[], ["invert"], ["sepia"]])
        // Three deviations of 400 draws.
        #expect(abs((counts[["invert"]] ?? 0) - 256) < 29 && abs((counts[["sepia"]] ?? 0) - 64) < 22)
        #expect(abs((counts[[]] ?? 0) - 80) < 24)
    }

    @Test func someAreChosenOnceEachAndDoneInTheirOrder() throws {
        let done = try names("some-of count=1..2 {\n  invert\n  sepia\n  grey\n}\nflip-vertical", epochs: 300)
        let order = ["invert", "sepia", "grey", "flip-vertical"]
        for names in done {
            #expect((2...3).contains(names.count) && names.last == "flip-vertical")
            #expect(names == order.filter(names.contains))
        }
        #expect(Set(done).count == 6)
        #expect(abs(done.count { $0.count == 3 } - 150) < 30)
    }

    @Test func choicesHoldChoices() throws {
        let done = try names(
            """
            one-of {
              some-of count=2 {
                invert
                sepia
                grey
              }
              flip-vertical
            }
            """)
        #expect(
            Set(done) == [["flip-vertical"], ["invert", "sepia"], ["invert", "grey"], ["sepia", "grey"]])
    }

    /// Where nothing has a weight nothing is done, and a count of 0 does nothing.
    @Test func nothingMayBeChosen() throws {
        #expect(try names("one-of {\n invert p=0\n}", epochs: 20) == Array(repeating: [], count: 20))
        #expect(try names("some-of count=0 {\n invert\n}", epochs: 20) == Array(repeating: [], count: 20))
    }

    @Test func exampleLinesAreWhatNamesMean() throws {
        #expect(AugmentationStep.examples.count == AugmentationStep.names.count)
        #expect(Set(AugmentationStep.names).count == AugmentationStep.names.count)
        for (name, example) in zip(AugmentationStep.names, AugmentationStep.examples) {
            #expect(example.hasPrefix(name))
            let plain = example.split(separator: " ").filter { !$0.contains("PIXELS") }.joined(separator: " ")
            guard name != "pad", name != "resize" else { continue }
            #expect(try AugmentationPolicy(text: plain).steps == AugmentationPolicy(text: name).steps, "\(example)")
        }
    }
}
