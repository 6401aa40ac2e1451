FROM pytorch/pytorch:1.13.1-cuda11.6-cudnn8-devel
RUN rm /etc/apt/sources.list.d/cuda.list || true
RUN apt-key del 7fa2af80
RUN apt-get update && apt-get install -y libsndfile1 sox ffmpeg && apt-get autoremove
RUN conda install -y pandas
RUN pip install modelscope==1.11.0 -f https://modelscope.oss-cn-beijing.aliyuncs.com/releases/repo.html
RUN pip install kantts ttsfrd
ENV NUMBA_DISABLE_JIT=1
ENV MODEL_ID=damo/speech_sambert-hifigan_nansy_chinese
RUN python -c "from modelscope.pipelines import pipeline; pipeline('text-to-speech', model='$MODEL_ID')"
ADD app.py /workspace
CMD python app.py
