// The whole toolkit in one import.
@_exported import NeedletailCheckpoints
@_exported import NeedletailData
@_exported import NeedletailDownloads
@_exported import NeedletailGraph
@_exported import NeedletailInspection
@_exported import NeedletailKernels
@_exported import NeedletailModels
@_exported import NeedletailONNX
@_exported import NeedletailRuntime
@_exported import NeedletailTraining
