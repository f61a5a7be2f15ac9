mod completion;
mod register;
mod sealing;
mod submit;
