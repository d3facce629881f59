import NeedletailDetectors
import NeedletailRuntime

/// Which layers are trained when.
extension Trainer {
    /// Makes ready for the layers that are trained in the current epoch, and keeps what those below them compute of the
    /// images, if that may be kept.
    ///
    /// - Returns: False when it was stopped.
    func enterPhase(shouldStop: () -> Bool, report: (TrainingEvent) -> Void) throws -> Bool {
        let layers = configuration.trainableLayers(epoch: state.epoch)
        guard layers != trainedLayers else { return true }
        plans.removeAll()
        features = nil
        gradients = ParameterGradients(parameters: detector.network.trainedParameters(backboneLayers: layers))
        guard
            let extent = try FrozenFeatures.Extent(
                data: data, network: detector.network, transform: detector.configuration.transform,
                configuration: configuration, gradients: gradients),
            extent.byteCount <= featureCacheLimit
        else {
            trainedLayers = layers
            return true
        }
        guard folder.hasSpace(for: extent.byteCount, besidesDetector: detectorBytes, state: stateBytes) else {
            report(
                .warning(
                    "\(folder.path): there is no room for the \(extent.byteCount >> 20) MiB that frozen layers compute of "
                        + "all images; they are computed anew in every epoch"))
            trainedLayers = layers
            return true
        }
        report(.featuresStarted(images: extent.imageCount, bytes: extent.byteCount))
        features = try FrozenFeatures(
            extent, data: data, network: detector.network, transform: detector.configuration.transform,
            folder: folder, pool: pool
        ) { done, total in
            report(.featuresProgress(done: done, of: total))
            return !shouldStop()
        }
        guard features != nil else { return false }
        trainedLayers = layers
        return true
    }
}
