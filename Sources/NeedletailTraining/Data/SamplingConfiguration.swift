/// How often images are seen, and which together.
public struct SamplingConfiguration: Codable, Hashable, Sendable {
    /// Repeats images with rare classes; nil for every image once an epoch.
    ///
    /// A class that a share `f` of the images show is given the factor `max(1, √(repeatThreshold / f))`, an image the
    /// greatest factor of its classes. Gupta et al., "LVIS: A Dataset for Large Vocabulary Instance Segmentation", 2019,
    /// where the threshold is 0.001.
    public var repeatThreshold: Double?
    /// Whether the images of a batch have similar shapes, so that less of it is padding.
    ///
    /// The groups are those of torchvision's `GroupedBatchSampler` with a factor of 3: width divided by height, cut at
    /// 2^(-1), 2^(-2/3), … 2^1. What is left of the groups in the end is joined with the neighbouring ones.
    public var groupsByAspectRatio: Bool
    /// The greatest share of an epoch's images that may be without boxes, 0 to 1; nil for all that there are. Which of
    /// them an epoch has is drawn anew each time.
    public var emptyImageLimit: Double?

    public init(
        repeatThreshold: Double? = nil, groupsByAspectRatio: Bool = false, emptyImageLimit: Double? = nil
    ) {
        self.repeatThreshold = repeatThreshold
        self.groupsByAspectRatio = groupsByAspectRatio
        self.emptyImageLimit = emptyImageLimit
    }
}
