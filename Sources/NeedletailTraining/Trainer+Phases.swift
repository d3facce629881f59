import NeedletailModels
import NeedletailGraph
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
                data: data, network: detector, transform: detector.configuration.transform,
                configuration: configuration, gradients: gradients),
            try keepsFeatures(of: extent, layers: layers, report: report)
        else {
            trainedLayers = layers
            return true
        }
        report(.featuresStarted(images: extent.imageCount, bytes: extent.byteCount))
        features = try FrozenFeatures(
            extent, data: data, network: detector, transform: detector.configuration.transform,
            folder: folder, pool: pool
        ) { done, total in
            report(.featuresProgress(done: done, of: total))
            return !shouldStop()
        }
        guard features != nil else { return false }
        trainedLayers = layers
        return true
    }

    /// Whether values are kept: as when the run came to this phase first, or else if there is room.
    ///
    /// - Throws: ``TrainingError`` when they were kept and there is no room any more.
    private func keepsFeatures(
        of extent: FrozenFeatures.Extent, layers: Int, report: (TrainingEvent) -> Void
    ) throws -> Bool {
        let hasRoom = folder.hasSpace(for: extent.byteCount, besidesDetector: detectorBytes, state: stateBytes)
        let size = "\(extent.byteCount >> 20) MiB that frozen layers compute of all images"
        if let before = state.keepsFeatures[layers] {
            guard hasRoom || !before else {
                throw TrainingError(
                    "\(folder.path): there is no room for the \(size), which this run has kept so far. Make space on the "
                        + "disk, and continue with --resume.")
            }
            return before
        }
        let isWanted = extent.byteCount <= featureCacheLimit
        if isWanted, !hasRoom {
            report(.warning("\(folder.path): there is no room for the \(size); they are computed anew in every epoch"))
        }
        state.keepsFeatures[layers] = isWanted && hasRoom
        return isWanted && hasRoom
    }
}
