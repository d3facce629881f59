import NeedletailGeometry
import NeedletailImages
import NeedletailRandom

/// One line of a policy: an operation with ranges to draw its numbers from, and how often it is done.
public struct AugmentationStep: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case quarterTurns
        case crop(IoUCrop)
        case resizedCrop(ResizedCrop)
        /// A part of the image with all its boxes.
        case safeCrop
        /// To these sides; where one is missing the ratio of the sides stays.
        case resize(width: Int?, height: Int?)
        /// Ground laid around the image, as much on all sides.
        case pad(ImagePadding)
        /// Ground laid around the image until its sides have the ratio they had before the first step. A network then
        /// meets one shape of input instead of many, each of which it has to prepare for.
        case frame
        /// Factors of the sides.
        case zoomOut(ClosedRange<Double>)
        case affine(AffineRanges)
        case effect(Effect.Ranges)
        /// How many, and their sides as shares of the image's.
        case cutOut(count: ClosedRange<Double>, width: ClosedRange<Double>, height: ClosedRange<Double>)
        /// Sizes of the four images; 1 fits the canvas.
        case mosaic(ClosedRange<Double>)
        case mixUp(ClosedRange<Double>)
        /// How many objects.
        case copyPaste(ClosedRange<Double>)
        /// So many of these, in their order. How often each is chosen is as its probability among those of all.
        case choice(of: [AugmentationStep], count: ClosedRange<Int>)
    }

    public var kind: Kind
    /// How often, 0 to 1.
    public var probability: Double

    public init(_ kind: Kind, probability: Double = 1) {
        self.kind = kind
        self.probability = probability
    }

    /// What rotation, shift, scale and shear are drawn from.
    public struct AffineRanges: Hashable, Sendable {
        /// In degrees.
        public var angle = 0.0...0.0
        /// Shares of the sides.
        public var x = 0.0...0.0
        public var y = 0.0...0.0
        public var scale = 1.0...1.0
        /// In degrees.
        public var shear = 0.0...0.0

        public init() {}
    }

    /// Does the step to a sample as often as its probability says, and notes what was done.
    ///
    /// - Parameter aspect: Width by height of the image before the first step.
    func perform(
        on sample: inout LabeledImage, noting recipe: inout AugmentationRecipe, aspect: Double, pool: ImagePool,
        from stream: inout RandomStream
    ) {
        // The decision is drawn even where it is certain, so that a changed probability moves nothing after it.
        guard Double(stream.nextUnit()) < probability else { return }
        carryOut(on: &sample, noting: &recipe, aspect: aspect, pool: pool, from: &stream)
    }

    private func carryOut(
        on sample: inout LabeledImage, noting recipe: inout AugmentationRecipe, aspect: Double, pool: ImagePool,
        from stream: inout RandomStream
    ) {
        if case .choice(let steps, let count) = kind {
            let wanted = count.lowerBound + stream.below(count.count)
            for index in stream.choice(of: wanted, weights: steps.map(\.probability)) {
                steps[index].carryOut(on: &sample, noting: &recipe, aspect: aspect, pool: pool, from: &stream)
            }
            return
        }
        for operation in draw(for: sample, aspect: aspect, pool: pool, from: &stream) {
            var next = sample
            // Another image that cannot be read is named where its own turn comes; here it is not joined.
            guard (try? operation.apply(to: &next, pool: pool)) != nil else { return }
            sample = next
            recipe.operations.append(operation)
        }
    }
}

extension RandomStream {
    /// A number of a range, evenly.
    mutating func number(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + Double(nextUnit()) * (range.upperBound - range.lowerBound)
    }

    /// A whole number from 0 to below a bound above 0.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// So many indices in ascending order, each drawn as its weight is among those that are left. Without weight none is.
    mutating func choice(of count: Int, weights: [Double]) -> [Int] {
        var left = weights
        var chosen: [Int] = []
        for _ in 0..<count {
            var place = Double(nextUnit()) * left.reduce(0, +)
            guard let last = left.lastIndex(where: { $0 > 0 }) else { break }
            let index =
                left.indices.first { index in
                    place -= left[index]
                    return place < 0
                } ?? last
            chosen.append(index)
            left[index] = 0
        }
        return chosen.sorted()
    }
}
