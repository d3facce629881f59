import CKernels
import NeedletailKernels
import ReferenceKernels
import Testing

extension CKernelsTests {
    /// Largest difference to the reference, relative to the largest magnitude of the reference.
    private func error(_ values: [Float], _ reference: [Double]) -> Double {
        let scale = reference.reduce(0) { max($0, abs($1)) }
        return zip(values, reference).reduce(0) { worst, pair in
            let difference = abs(Double(pair.0) - pair.1) / max(scale, .leastNormalMagnitude)
            return difference <= worst ? worst : difference
        }
    }

    /// The sums have at most a few thousand terms; F(4x4, 3x3) loses about another bit and a half.
    private static let tolerance = 1e-5

    /// Packs in pieces and runs in pieces, in any order, each with fresh scratch memory.
    private func run(
        _ shape: needletail_convolution, _ algorithm: needletail_algorithm, _ pass: needletail_pass,
        source: [Float], weights: [Float], scale: [Float]? = nil, epilogue: needletail_epilogue = .init(),
        into result: GuardedBuffer, random: inout RandomFloats
    ) {
        var shape = shape
        let source = GuardedBuffer(source)
        let weights = GuardedBuffer(weights)
        let scale = scale.map { GuardedBuffer($0) }
        let packed = GuardedBuffer(count: needletail_packed_size(&shape, algorithm, pass))
        for range in random.ranges(needletail_pack_chunks(&shape, algorithm, pass)) {
            needletail_pack(
                &shape, algorithm, pass, weights.pointer, scale?.pointer, packed.pointer, range.lowerBound,
                range.upperBound)
        }
        // Two workers take turns as chance has it; each goes on with the scratch memory that it left, or does not.
        let scratchSize = needletail_scratch_size(&shape, 1, algorithm, pass)
        // What is fetched by the way changes nothing.
        let readsAhead = random.next(1)[0] < 0
        var map = needletail_map(
            source: source.pointer, dest: result.pointer, epilogue: epilogue, dest_stride: 0,
            ahead: needletail_read_ahead(
                memory: readsAhead ? weights.pointer : nil, count: weights.values.count, from: 0.25, to: 1))
        var workers = [GuardedBuffer(count: scratchSize), GuardedBuffer(count: scratchSize)]
        var hasRun = [false, false]
        for range in random.ranges(needletail_convolution_chunks(&shape, 1, algorithm, pass)) {
            let worker = random.next(1)[0] < 0 ? 0 : 1
            if random.next(1)[0] < -0.5 {
                workers[worker] = GuardedBuffer(count: scratchSize)
                hasRun[worker] = false
            }
            let scratch = workers[worker]
            let continues: Int32 = hasRun[worker] ? 1 : 0
            hasRun[worker] = true
            needletail_convolution_run(
                &shape, 1, algorithm, pass, &map, packed.pointer, scratch.pointer, continues, range.lowerBound,
                range.upperBound)
            #expect(scratch.isIntact)
        }
        #expect(packed.isIntact)
        #expect(result.isIntact)
    }

    @Test(
        "Every algorithm and pass agrees with the definition", arguments: variants,
        ConvolutionCase.all + ConvolutionCase.random)
    func definition(variant: Variant, example: ConvolutionCase) throws {
        var random = RandomFloats(seed: UInt64(example.geometry.inputCount + example.geometry.weightCount))
        var shape = example.shape(variant)
        let input = random.next(example.geometry.inputCount)
        let weights = random.next(example.geometry.weightCount)
        let outputGradient = random.next(example.geometry.outputCount)
        let naive = NaiveConvolution(shape: example.geometry)
        let expectedOutput = naive.output(input: input, weights: weights)
        let expectedInputGradient = naive.inputGradient(outputGradient: outputGradient, weights: weights)
        let expectedWeightGradient = naive.weightGradient(input: input, outputGradient: outputGradient)

        for algorithm in example.algorithms {
            let output = GuardedBuffer(count: example.geometry.outputCount)
            run(
                shape, algorithm, needletail_forward, source: input, weights: weights, into: output, random: &random)
            #expect(error(output.values, expectedOutput) < Self.tolerance, "forward, \(algorithm)")

            let inputGradient = GuardedBuffer(count: example.geometry.inputCount)
            run(
                shape, algorithm, needletail_data_gradient, source: outputGradient, weights: weights,
                into: inputGradient, random: &random)
            #expect(error(inputGradient.values, expectedInputGradient) < Self.tolerance, "data gradient, \(algorithm)")

            let accumulator = GuardedBuffer(count: needletail_accumulator_size(&shape, algorithm))
            let source = GuardedBuffer(input)
            let gradient = GuardedBuffer(outputGradient)
            let scratchSize = needletail_scratch_size(&shape, 1, algorithm, needletail_weight_gradient)
            // Twice, so that overwriting and accumulating are both seen.
            for accumulate in [Int32(0), 1] {
                for range in random.ranges(
                    needletail_convolution_chunks(&shape, 1, algorithm, needletail_weight_gradient))
                {
                    let scratch = GuardedBuffer(count: scratchSize)
                    var (input, outputGradient) = (
                        Optional(UnsafePointer(source.pointer)), Optional(UnsafePointer(gradient.pointer))
                    )
                    needletail_convolution_weight_gradient(
                        &shape, 1, algorithm, &input, &outputGradient, accumulate, nil, accumulator.pointer,
                        scratch.pointer, range.lowerBound, range.upperBound)
                    #expect(scratch.isIntact)
                }
            }
            let weightGradient = GuardedBuffer(count: example.geometry.weightCount, fill: 1)
            for range in random.ranges(needletail_unpack_chunks(&shape, algorithm)) {
                needletail_unpack(
                    &shape, algorithm, accumulator.pointer, nil, 1, weightGradient.pointer, range.lowerBound,
                    range.upperBound)
            }
            let twice = expectedWeightGradient.map { 1 + 2 * $0 }
            #expect(error(weightGradient.values, twice) < Self.tolerance, "weight gradient, \(algorithm)")
            #expect(accumulator.isIntact && weightGradient.isIntact)
        }
    }

    @Test(
        "Columns that are added up give the input gradient, with all that is done before it is stored",
        arguments: variants, (ConvolutionCase.all + ConvolutionCase.random).filter { $0.geometry.groups == 1 })
    func col2im(variant: Variant, example: ConvolutionCase) {
        var random = RandomFloats(seed: 12)
        let outputGradient = random.next(example.geometry.outputCount)
        let weights = random.next(example.geometry.weightCount)
        let channels = example.geometry.inputChannels, count = example.geometry.inputCount
        let scale = random.next(example.geometry.outputChannels)
        let bias = GuardedBuffer(random.next(channels))
        let before = random.next(count)
        let gate = GuardedBuffer(random.next(count))
        let perOutput = weights.count / scale.count
        let sums = NaiveConvolution(shape: example.geometry).inputGradient(
            outputGradient: outputGradient, weights: weights.indices.map { weights[$0] * scale[$0 / perOutput] })

        let alone = GuardedBuffer(count: count), result = GuardedBuffer(before)
        run(
            example.shape(variant), needletail_col2im, needletail_data_gradient, source: outputGradient,
            weights: weights, scale: scale, into: alone, random: &random)
        #expect(error(alone.values, sums) < Self.tolerance)
        run(
            example.shape(variant), needletail_col2im, needletail_data_gradient, source: outputGradient,
            weights: weights, scale: scale,
            epilogue: needletail_epilogue(
                bias: bias.pointer, residual: result.pointer, gate: gate.pointer, activation: needletail_relu,
                slope: 0),
            into: result, random: &random)
        let expected = sums.indices.map { index in
            gate.pointer[index] > 0
                ? max(sums[index] + Double(bias.pointer[index % channels]) + Double(before[index]), 0) : 0
        }
        #expect(error(result.values, expected) < Self.tolerance)
    }

    @Test("The gradient of 1x1 kernels is added where it lies, or by shares of the images", arguments: variants)
    func gradientInPlace(variant: Variant) throws {
        var sharedOut: Set<Bool> = []
        for example in [
            ConvolutionCase(batch: 20, 5, 4, in: 40, out: 50, kernel: 1, padding: 0),
            ConvolutionCase(batch: 2, 10, 11, in: 70, out: 130, kernel: 1, padding: 0),
            ConvolutionCase(batch: 16, 1, 1, in: 300, out: 45, kernel: 1, padding: 0),
            ConvolutionCase(40, 41, in: 24, out: 3, kernel: 1, padding: 0),
        ] {
            var random = RandomFloats(seed: 11)
            var shape = example.shape(variant)
            try #require(needletail_convolution_supports(&shape, needletail_in_place) == 1)
            let (input, outputGradient) = (
                random.next(example.geometry.inputCount), random.next(example.geometry.outputCount)
            )
            let scale = random.next(example.geometry.outputChannels)
            let plain = NaiveConvolution(shape: example.geometry)
                .weightGradient(input: input, outputGradient: outputGradient)
            let expected = plain.enumerated().map {
                1 + 2 * Double(scale[$0 / example.geometry.inputChannels]) * $1
            }
            let source = GuardedBuffer(input), gradient = GuardedBuffer(outputGradient)
            let factors = GuardedBuffer(scale), result = GuardedBuffer(count: plain.count, fill: 1)
            let size = needletail_accumulator_size(&shape, needletail_in_place)
            sharedOut.insert(size > 0)
            let accumulator = GuardedBuffer(count: size), sums = size == 0 ? result : accumulator
            for time in 0..<2 {
                for range in random.ranges(
                    needletail_convolution_chunks(&shape, 1, needletail_in_place, needletail_weight_gradient))
                {
                    let scratch = GuardedBuffer(
                        count: needletail_scratch_size(&shape, 1, needletail_in_place, needletail_weight_gradient))
                    var (input, outputGradient) = (
                        Optional(UnsafePointer(source.pointer)), Optional(UnsafePointer(gradient.pointer))
                    )
                    needletail_convolution_weight_gradient(
                        &shape, 1, needletail_in_place, &input, &outputGradient, size == 0 || time > 0 ? 1 : 0,
                        factors.pointer, sums.pointer, scratch.pointer, range.lowerBound, range.upperBound)
                    #expect(scratch.isIntact)
                }
            }
            let chunks = needletail_unpack_chunks(&shape, needletail_in_place)
            #expect((chunks == 0) == (size == 0))
            for range in random.ranges(chunks) {
                needletail_unpack(
                    &shape, needletail_in_place, accumulator.pointer, factors.pointer, 1, result.pointer,
                    range.lowerBound, range.upperBound)
            }
            #expect(error(result.values, expected) < Self.tolerance)
            #expect(result.isIntact && accumulator.isIntact)
        }
        #expect(sharedOut == [false, true])
        var strided = ConvolutionCase(9, 9, in: 48, out: 64, kernel: 1, stride: 2, padding: 0).shape(variant)
        #expect(needletail_convolution_supports(&strided, needletail_in_place) == 0)
    }

    @Test("Bias, residual, ReLU, gate and scale apply in their order", arguments: variants)
    func epilogue(variant: Variant) throws {
        for example in [
            ConvolutionCase(10, 9, in: 21, out: 37), ConvolutionCase(8, 8, in: 40, out: 40, groups: 40),
        ] {
            var random = RandomFloats(seed: 7)
            let input = random.next(example.geometry.inputCount)
            let weights = random.next(example.geometry.weightCount)
            let outputGradient = random.next(example.geometry.outputCount)
            let channels = example.geometry.outputChannels
            let scale = random.next(channels)
            let bias = GuardedBuffer(random.next(channels))
            let gate = GuardedBuffer(random.next(example.geometry.outputCount))
            let before = random.next(example.geometry.outputCount)
            let scaled = weights.enumerated().map { index, weight in weight * scale[index * channels / weights.count] }
            let naive = NaiveConvolution(shape: example.geometry)
            let expectedInputGradient = naive.inputGradient(outputGradient: outputGradient, weights: scaled)
            let expected = naive.output(input: input, weights: scaled).enumerated().map { index, sum in
                let value = sum + Double(bias.pointer[index % channels]) + Double(before[index])
                return gate.pointer[index] > 0 ? max(value, 0) : 0
            }
            for algorithm in example.algorithms {
                // The residual is the output itself: accumulation.
                let output = GuardedBuffer(before)
                run(
                    example.shape(variant), algorithm, needletail_forward, source: input, weights: weights,
                    scale: scale,
                    epilogue: needletail_epilogue(
                        bias: bias.pointer, residual: output.pointer, gate: gate.pointer, activation: needletail_relu,
                        slope: 0),
                    into: output, random: &random)
                #expect(error(output.values, expected) < Self.tolerance)

                let inputGradient = GuardedBuffer(count: example.geometry.inputCount)
                run(
                    example.shape(variant), algorithm, needletail_data_gradient, source: outputGradient,
                    weights: weights,
                    scale: scale, into: inputGradient, random: &random)
                #expect(error(inputGradient.values, expectedInputGradient) < Self.tolerance)
            }
        }
    }

    @Test(
        "Behind a convolution an activation gives the bits that it gives alone", arguments: variants,
        Activation.examples)
    func activation(variant: Variant, activation: Activation) throws {
        for example in [
            ConvolutionCase(10, 9, in: 21, out: 37), ConvolutionCase(9, 7, in: 3, out: 50, kernel: 5, stride: 2),
            ConvolutionCase(8, 9, in: 40, out: 40, groups: 40), ConvolutionCase(9, 10, in: 16, out: 32),
        ] {
            var random = RandomFloats(seed: 9)
            let input = random.next(example.geometry.inputCount)
            let weights = random.next(example.geometry.weightCount)
            let bias = GuardedBuffer(random.next(example.geometry.outputChannels))
            let residual = GuardedBuffer(random.next(example.geometry.outputCount))
            for algorithm in example.algorithms {
                var epilogue = needletail_epilogue(
                    bias: bias.pointer, residual: residual.pointer, gate: nil, activation: needletail_identity,
                    slope: 0)
                // The sums alone, but with a float before them, so that nothing is aligned.
                let sums = GuardedBuffer(count: example.geometry.outputCount)
                run(
                    example.shape(variant), algorithm, needletail_forward, source: input, weights: weights,
                    epilogue: epilogue, into: sums, random: &random)
                let alone = GuardedBuffer([0] + sums.values)
                needletail_activate(
                    variant.kernels, activation.code, activation.slope, sums.count, alone.pointer + 1,
                    alone.pointer + 1)
                epilogue.activation = activation.code
                epilogue.slope = activation.slope
                let output = GuardedBuffer(count: example.geometry.outputCount)
                run(
                    example.shape(variant), algorithm, needletail_forward, source: input, weights: weights,
                    epilogue: epilogue, into: output, random: &random)
                #expect(output.values.map(\.bitPattern) == alone.values.dropFirst().map(\.bitPattern))
                let expected = sums.values.map { activation.exactValue(Double($0)) }
                #expect(error(output.values, expected) < 3e-7)
            }
        }
    }

    @Test("Results are the same bit for bit however the chunks are cut", arguments: variants)
    func partition(variant: Variant) throws {
        for example in [ConvolutionCase(30, 27, in: 48, out: 80), ConvolutionCase(15, 20, in: 32, out: 48, stride: 2)] {
            var random = RandomFloats(seed: 3)
            let input = random.next(example.geometry.inputCount)
            let weights = random.next(example.geometry.weightCount)
            for algorithm in example.algorithms {
                let results = (0..<3).map { _ in
                    let output = GuardedBuffer(count: example.geometry.outputCount)
                    run(
                        example.shape(variant), algorithm, needletail_forward, source: input, weights: weights,
                        into: output,
                        random: &random)
                    return output.values.map(\.bitPattern)
                }
                #expect(results[0] == results[1] && results[0] == results[2])
            }
        }
    }

    @Test("A linear layer is a product of row-major matrices", arguments: variants)
    func linear(variant: Variant) throws {
        var random = RandomFloats(seed: 5)
        let (rows, inputs, outputs) = (19, 75, 41)
        let input = random.next(rows * inputs)
        let weights = random.next(outputs * inputs)
        let result = GuardedBuffer(count: rows * outputs)
        var shape = needletail_linear(Int32(rows), Int32(inputs), Int32(outputs))
        shape.variant = variant.kernels
        run(
            shape, needletail_direct, needletail_forward,
            source: input, weights: weights, into: result, random: &random)
        let expected = (0..<rows * outputs).map { index in
            (0..<inputs).reduce(0.0) { sum, k in
                sum + Double(input[index / outputs * inputs + k]) * Double(weights[index % outputs * inputs + k])
            }
        }
        #expect(error(result.values, expected) < Self.tolerance)
    }

    @Test("The bias gradient sums over the pixels", arguments: variants, [1, 31, 32, 70])
    func biasGradient(variant: Variant, channels: Int) throws {
        var random = RandomFloats(seed: 11)
        let pixels = 603
        let values = random.next(pixels * channels)
        let gradient = GuardedBuffer(values)
        let result = GuardedBuffer(count: channels, fill: 2)
        for range in random.ranges(needletail_bias_gradient_chunks(channels)) {
            needletail_bias_gradient(
                variant.kernels, pixels, channels, gradient.pointer, 1, result.pointer, range.lowerBound,
                range.upperBound)
        }
        let expected = (0..<channels).map { channel in
            (0..<pixels).reduce(2.0) { $0 + Double(values[$1 * channels + channel]) }
        }
        #expect(error(result.values, expected) < Self.tolerance)
        #expect(result.isIntact)
    }
}
