/** The callbacks. */
export { BackupAndRestore } from './backup-and-restore.ts';
export type { Callback, Logs, RunSettings, TrainedModel } from './callback.ts';
export { CSVLogger, type CSVLoggerOptions } from './csv-logger.ts';
export { EarlyStopping, type EarlyStoppingOptions } from './early-stopping.ts';
export { History } from './history.ts';
export {
  LearningRateScheduler,
  ReduceLROnPlateau,
  type ReduceLROnPlateauOptions,
} from './learning-rate.ts';
export { ModelCheckpoint, type ModelCheckpointOptions } from './model-checkpoint.ts';
export { ProgressLines, type ProgressLinesOptions } from './progress-lines.ts';
export { TensorBoard, type TensorBoardOptions } from './tensor-board.ts';
export { TerminateOnNaN } from './terminate-on-nan.ts';
