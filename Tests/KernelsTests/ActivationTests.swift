import NeedletailKernels
import ReferenceFormula
import ReferenceKernels
import Testing

@Suite struct ActivationTests {
    /// relu6(2 + 3) / 6 = 5/6, and the derivatives 2 · 2/6 + 1/2 and 1/6; sigmoid(ln 3) = 3/4 and tanh(ln 3 / 2) = 1/2
    /// because exp(ln 3) = 3: their derivatives are 3/4 · 1/4 and 1 - 1/4; that of silu is 3/4 · (1 + ln 3 / 4). Of the normal
    /// distribution 84.13447 % lie below 1, where its density is 0.2419707.
    @Test func valuesWorkedOutByHand() {
        let cases: [(Activation, x: Float, value: Float, derivative: Float)] = [
            (.relu, -2, 0, 0), (.relu, 2, 2, 1), (.relu6, 7, 6, 0), (.relu6, 5, 5, 1), (.relu6, -1, 0, 0),
            (.leakyReLU(slope: 0.25), -2, -0.5, 0.25), (.leakyReLU(slope: 0.25), 3, 3, 1),
            (.hardSigmoid, 2, 5 / 6, 1 / 6), (.hardSigmoid, -4, 0, 0), (.hardSigmoid, 3.5, 1, 0),
            (.hardSwish, 2, 10 / 6, 7 / 6), (.hardSwish, -3.5, 0, 0), (.hardSwish, 4, 4, 1),
            (.sigmoid, 0, 0.5, 0.25), (.sigmoid, 1.0986123, 0.75, 0.1875), (.silu, 0, 0, 0.5),
            (.silu, 1.0986123, 0.8239592, 0.9559898), (.tanh, 0.54930615, 0.5, 0.75),
            (.gelu, 0, 0, 0.5), (.gelu, 1, 0.8413447, 1.0833155), (.gelu, -1, -0.1586553, -0.0833155),
        ]
        for (activation, x, value, derivative) in cases {
            #expect(abs(activation(x) - value) < 1e-6, "\(activation)(\(x))")
            #expect(abs(activation.derivative(at: x) - derivative) < 1e-6, "derivative of \(activation) at \(x)")
        }
    }

    /// Central differences at points a step away from every corner.
    @Test(arguments: Activation.examples)
    func derivativesAgreeWithFiniteDifferences(activation: Activation) {
        let step = 1e-4
        for index in -80..<80 {
            let x = (Double(index) + 0.5) / 10
            let difference = (activation.exactValue(x + step) - activation.exactValue(x - step)) / (2 * step)
            #expect(abs(difference - activation.exactDerivative(at: x)) < 1e-7)
        }
    }

    @Test func onlySomeDerivativesFollowFromTheOutput() {
        let following = Activation.examples.filter(\.derivativeFollowsFromOutput)
        #expect(following == [.relu, .relu6, .leakyReLU(slope: 0.1), .sigmoid, .hardSigmoid, .tanh])
        #expect(!Activation.leakyReLU(slope: -1).derivativeFollowsFromOutput)
    }

    /// A tensor of more than one chunk, against the definition element by element.
    @Test(arguments: Activation.examples, [1, 3])
    func wholeTensors(activation: Activation, threads: Int) {
        let count = 70_001, pool = ThreadPool(threadCount: threads)
        let input = Formula.signed("activation", count: count).map { 8 * $0 }
        var output = [Float](repeating: .nan, count: count)
        Elementwise.apply(activation, to: input, count: count, output: &output, pool: pool)
        #expect(relativeError(output, input.map { activation($0) }) < 2e-7)
        let before = Formula.signed("activation gradient", count: count)
        var gradient = before
        Elementwise.multiply(
            &gradient, byDerivativeOf: activation, at: activation.derivativeFollowsFromOutput ? output : input,
            count: count, pool: pool)
        #expect(relativeError(gradient, zip(before, input).map { $0 * activation.derivative(at: $1) }) < 1e-6)
    }
}
