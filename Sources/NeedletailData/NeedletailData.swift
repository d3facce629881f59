// Datasets, images and metrics without the numerics: what the dataset verbs are made of.
@_exported import NeedletailAugmentation
@_exported import NeedletailCuration
@_exported import NeedletailDatasets
@_exported import NeedletailErrors
@_exported import NeedletailEvaluation
@_exported import NeedletailFormats
@_exported import NeedletailGeometry
@_exported import NeedletailImages
@_exported import NeedletailRandom
@_exported import NeedletailReports
