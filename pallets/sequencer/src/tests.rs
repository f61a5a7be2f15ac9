mod completion;
mod order;
mod register;
mod sealing;
mod submit;
mod upgrade;
