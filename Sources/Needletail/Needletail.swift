// The whole toolkit in one import.
@_exported import NeedletailCheckpoints
@_exported import NeedletailData
@_exported import NeedletailDetectors
@_exported import NeedletailDownloads
@_exported import NeedletailKernels
@_exported import NeedletailNetworks
@_exported import NeedletailRuntime
@_exported import NeedletailTraining
