import NeedletailKernels

extension Graph {
    /// The shape of every value for the shapes of the inputs.
    ///
    /// - Precondition: As many shapes as inputs.
    /// - Throws: ``PlanError`` when an input has other channels than the graph or is too small for a window.
    func inferShapes(inputShapes: [TensorShape]) throws -> [TensorShape] {
        precondition(inputShapes.count == inputs.count, "\(inputShapes.count) shapes for \(inputs.count) inputs")
        for (input, shape) in zip(inputs, inputShapes)
        where shape.channels != nodes[input].channels || shape.count <= 0 {
            throw PlanError(
                description: "an input of shape \(shape) does not fit a network with \(nodes[input].channels) input "
                    + "channels")
        }
        let given = Dictionary(zip(inputs, inputShapes), uniquingKeysWith: { first, _ in first })
        var shapes: [TensorShape] = []
        for (index, node) in nodes.enumerated() {
            var shape = node.inputs.first.map { shapes[$0] } ?? given[index] ?? inputShapes[0]
            switch node.operation {
            case .input, .relu, .batchNormalization, .groupNormalization:
                break
            case .convolution(let convolution):
                let geometry = convolution.shape(input: shape)
                shape.height = geometry.outputHeight
                shape.width = geometry.outputWidth
            case .linear:
                guard shape.height == 1, shape.width == 1 else {
                    throw PlanError(description: "a linear layer takes one pixel an image, not \(shape)")
                }
            case .add:
                let other = shapes[node.inputs[1]]
                guard other == shape else {
                    throw PlanError(description: "values of shapes \(shape) and \(other) cannot be added")
                }
            case .maxPooling(let window), .averagePooling(let window):
                let geometry = window.shape(input: shape)
                shape.height = geometry.outputHeight
                shape.width = geometry.outputWidth
            case .globalAveragePooling:
                shape.height = 1
                shape.width = 1
            case .upsampling:
                shape.height = shapes[node.inputs[1]].height
                shape.width = shapes[node.inputs[1]].width
            }
            shape.channels = node.channels
            guard shape.height > 0, shape.width > 0 else {
                throw PlanError(
                    description:
                        "an image of \(inputShapes[0].width)x\(inputShapes[0].height) pixels is too small for the "
                        + "network: nothing is left of it after \(node.operation.name)")
            }
            shapes.append(shape)
        }
        return shapes
    }
}

extension Operation.Convolution {
    func shape(input: TensorShape) -> ConvolutionShape {
        ConvolutionShape(
            batch: input.batch, inputHeight: input.height, inputWidth: input.width, inputChannels: input.channels,
            outputChannels: weight.shape[0], kernel: Extent(height: weight.shape[2], width: weight.shape[3]),
            stride: Extent(stride), padding: EdgePadding(padding), dilation: Extent(dilation), groups: groups)
    }
}

extension Operation.Window {
    func shape(input: TensorShape) -> PoolingShape {
        PoolingShape(
            batch: input.batch, inputHeight: input.height, inputWidth: input.width, channels: input.channels,
            kernel: Extent(kernel), stride: Extent(stride), padding: EdgePadding(padding))
    }
}
