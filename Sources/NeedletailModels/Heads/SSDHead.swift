import NeedletailGraph
import NeedletailKernels

/// One branch of SSD's head: on each map a convolution that predicts for each box of a cell.
///
/// Of SSDLite the convolution is one on each channel alone with a 1x1 convolution behind: Sandler et al., "MobileNetV2",
/// 2018, section 6.2.
struct SSDHead {
    private struct Predictor {
        var depthwise: ConvolutionUnit?
        var convolution: Convolution
    }

    private let predictors: [Predictor]

    /// - Parameters:
    ///   - scope: `classification_head` or `regression_head`.
    ///   - channels: Of the maps.
    ///   - outputs: For each map the numbers that are predicted at a cell.
    ///   - style: Of SSDLite's layers; nil for plain convolutions.
    init(_ scope: ParameterScope, channels: [Int], outputs: [Int], lite style: LayerStyle?, seed: UInt64) {
        predictors = zip(channels, outputs).enumerated().map { map, sizes in
            let (channels, outputs) = sizes, scope = scope["module_list"][map]
            guard let style else {
                return Predictor(
                    convolution: Convolution(
                        scope, inputChannels: channels, outputChannels: outputs, kernel: 3, hasBias: true,
                        initializedBy: .xavierUniform(seed: seed)))
            }
            return Predictor(
                depthwise: style.unit(
                    (scope[0][0], scope[0][1]), inputs: channels, outputs: channels, kernel: 3, groups: channels,
                    activation: .relu6),
                convolution: Convolution(
                    scope[1], inputChannels: channels, outputChannels: outputs, kernel: 1, hasBias: true,
                    initializedBy: style.convolutionInitializer))
        }
    }

    var parameters: [Parameter] {
        predictors.flatMap { ($0.depthwise?.parameters ?? []) + $0.convolution.parameters }
    }

    func callAsFunction(_ maps: [Value]) -> [Value] {
        zip(predictors, maps).map { predictor, map in predictor.convolution(predictor.depthwise?(map) ?? map) }
    }
}
