import NeedletailModels

/// The anchors that were chosen for a dataset, and how well they cover its boxes.
public struct AnchorChoice: Sendable {
    public let smallestSize: Int
    public let aspectRatios: [Float]
    public let coverage: AnchorCoverage
    /// Of RetinaNet's own anchors, from 32 pixels.
    public let standardCoverage: AnchorCoverage
    /// Aspect ratios fitted to the boxes, and what anchors of these cover; nil where the ratios were given.
    public let fitted: (aspectRatios: [Float], coverage: AnchorCoverage)?

    /// How much more of the boxes, as the classes' mean overlap, anchors must cover to be better than others.
    public static let clearGain = 0.02

    /// - Parameters:
    ///   - smallestSize: Nil for one that fits the boxes.
    ///   - aspectRatios: Nil for RetinaNet's, or those of the boxes where these cover clearly better.
    public init(_ boxes: AnchorFit, smallestSize: Int?, aspectRatios: [Float]?) {
        let usual = aspectRatios ?? AnchorGenerator.retinaNet.aspectRatios
        let size = smallestSize ?? boxes.smallestSize(aspectRatios: usual)
        let usualCoverage = boxes.coverage(by: .retinaNet(smallestSize: size, aspectRatios: usual))
        self.smallestSize = size
        standardCoverage = boxes.coverage(by: .retinaNet)
        let ratios = boxes.aspectRatios
        guard aspectRatios == nil, !ratios.isEmpty else {
            (self.aspectRatios, coverage, fitted) = (usual, usualCoverage, nil)
            return
        }
        let fittedCoverage = boxes.coverage(by: .retinaNet(smallestSize: size, aspectRatios: ratios))
        let gains = fittedCoverage.balancedOverlap - usualCoverage.balancedOverlap >= Self.clearGain
        fitted = (ratios, fittedCoverage)
        self.aspectRatios = gains ? ratios : usual
        coverage = gains ? fittedCoverage : usualCoverage
    }
}
