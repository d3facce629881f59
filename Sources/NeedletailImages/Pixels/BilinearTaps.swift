/// Where each output position of one axis samples its input: two neighbours and the share of the second.
///
/// Output `i` lies at `max(0, (i + 0.5) * inputs / outputs - 0.5)` of the input, computed in single
/// precision as PyTorch's `interpolate(mode="bilinear", align_corners=False)` does, so that the two agree
/// to rounding; without antialiasing, which means that shrinking by more than 2 leaves input out.
struct BilinearTaps {
    let first: [Int32]
    let second: [Int32]
    /// Weight of `second`, 0 to 1; `first` has the rest.
    let share: [Float]

    /// - Parameters:
    ///   - spacing: Elements from one input position to the next.
    ///   - flipped: Whether the input is read from its far end.
    init(inputs: Int, outputs: Int, spacing: Int = 1, flipped: Bool = false) {
        let scale = Float(inputs) / Float(outputs)
        var first: [Int32] = [], second: [Int32] = [], share: [Float] = []
        first.reserveCapacity(outputs)
        second.reserveCapacity(outputs)
        share.reserveCapacity(outputs)
        func place(_ index: Int) -> Int32 {
            Int32((flipped ? inputs - 1 - index : index) * spacing)
        }
        for output in 0..<outputs {
            let position = max(0, scale * (Float(output) + 0.5) - 0.5)
            let index = min(Int(position), inputs - 1)
            first.append(place(index))
            second.append(place(min(index + 1, inputs - 1)))
            share.append(min(position - Float(index), 1))
        }
        self.first = first
        self.second = second
        self.share = share
    }
}
