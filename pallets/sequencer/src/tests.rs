mod completion;
mod fuel;
mod order;
mod register;
mod sealing;
mod submit;
mod upgrade;
